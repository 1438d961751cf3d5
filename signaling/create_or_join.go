package signaling

import (
	"runtime/debug"

	gosocketio "github.com/googollee/go-socket.io"
	"github.com/tidwall/gjson"

	"vidchat/internal/engineio"
	"vidchat/internal/socketio"
	"vidchat/internal/socketio/rawjson"
	"vidchat/rooms"
)

const reasonRoomName = "the room has to be a string of 1 to 256 bytes"

// isRoomName reports whether an argument can be the name of a room.
func isRoomName(arg gjson.Result) bool {
	name := textOf(arg)
	return arg.Type == gjson.String && name != "" && len(name) <= rooms.MaxNameSize
}

// textOf decodes a string. It is empty where there is none.
func textOf(v gjson.Result) string {
	if v.Type != gjson.String {
		return ""
	}
	return rawjson.Text(v.Raw)
}

// forwardCreateOrJoin passes a join to go-socket.io if its room can be one. An
// argument of another type would make the library close the connection.
func (s *Server) forwardCreateOrJoin(p *participant, e socketio.Event) {
	if !isRoomName(e.Arg(0)) {
		s.metrics.joins.WithLabelValues(eventInvalid).Inc()
		s.refuseArguments(p, eventCreateOrJoin, reasonRoomName)
		return
	}
	p.Dispatch(eventCreateOrJoin, e.Raw(0))
}

// onCreateOrJoin is called by go-socket.io.
func (s *Server) onCreateOrJoin(c gosocketio.Conn, room string) {
	socket, ok := socketio.SocketOf(c)
	if !ok {
		return
	}
	p := participantOf(socket)
	defer s.recoverPanic(p)
	s.createOrJoin(p, room)
}

// recoverPanic is deferred by handlers: go-socket.io lets some panics through.
func (s *Server) recoverPanic(p *participant) {
	if v := recover(); v != nil {
		s.metrics.panics.Inc()
		s.log.Error().Any("panic", v).Bytes("stack", debug.Stack()).Msg("panic in a handler")
		p.End(engineio.ReasonPanic)
	}
}

// createOrJoin gives a peer a seat as the original does: the first is told
// "created", the second "joined", after the first was told "join". A third is
// told "full", if the two are really there.
func (s *Server) createOrJoin(p *participant, room string) {
	options := rooms.Options{Capacity: rooms.MinCapacity, Legacy: true, OwnKey: p.SID(), Request: entryRequest{}}
	if !p.spoke {
		options.Key = p.PreviousSID()
	}
	p.spoke = true
	err := s.enterRoom(p, room, options)
	if err == nil {
		return
	}
	s.turnAway(p, err)
	if code := codeOf(err); code == codeLocked {
		p.Send(encodeEvent(eventLocked, room, true))
	} else {
		p.Send(encodeEvent(code, room)) // the events are named as the codes
	}
}

// reclaim gives an old client its seat back, which does not join again after it
// has reconnected: it sends its next message as if nothing had happened.
func (s *Server) reclaim(p *participant, room string) {
	if p.PreviousSID() == "" || room == "" {
		return
	}
	o := rooms.Options{
		Key: p.PreviousSID(), OwnKey: p.SID(), OnlyHeld: true, Legacy: true,
		Request: entryRequest{silent: true},
	}
	_ = s.enterUnlessUsed(p, room, o) // without a seat, the message goes nowhere
}
