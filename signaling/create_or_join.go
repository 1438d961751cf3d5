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

// isRoomName reports whether an argument is a valid room name.
func isRoomName(arg gjson.Result) bool {
	name := textOf(arg)
	return arg.Type == gjson.String && name != "" && len(name) <= rooms.MaxNameSize
}

// textOf decodes a JSON string. It returns "" for other types.
func textOf(v gjson.Result) string {
	if v.Type != gjson.String {
		return ""
	}
	return rawjson.Text([]byte(v.Raw))
}

// forwardCreateOrJoin forwards a join with a valid room to go-socket.io, which would
// close the connection for an argument of another type.
func (s *Server) forwardCreateOrJoin(p *participant, e socketio.Event) {
	if !isRoomName(e.Arg(0)) {
		s.metrics.joins.WithLabelValues(eventInvalid).Inc()
		s.refuseArguments(p, eventCreateOrJoin, reasonRoomName)
		return
	}
	p.Dispatch(eventCreateOrJoin, e.Raw(0))
}

// onCreateOrJoin is go-socket.io's handler. The room is valid.
func (s *Server) onCreateOrJoin(c gosocketio.Conn, room string) {
	socket, ok := socketio.SocketOf(c)
	if !ok {
		return
	}
	p := participantOf(socket)
	defer s.recoverPanic(p)
	s.createOrJoin(p, room)
}

// recoverPanic is deferred by handlers, because go-socket.io does not recover all
// panics.
func (s *Server) recoverPanic(p *participant) {
	if v := recover(); v != nil {
		s.metrics.panics.Inc()
		s.log.Error().Any("panic", v).Bytes("stack", debug.Stack()).Msg("panic in a handler")
		p.End(engineio.ReasonPanic)
	}
}

// createOrJoin gives a participant a seat as the original does. The first one receives
// "created". When the second one joins, the first receives "join" and the second
// "joined". A third one receives "full" if both of them respond.
func (s *Server) createOrJoin(p *participant, room string) {
	options := rooms.Options{Capacity: rooms.MinCapacity, Legacy: true, NextKey: p.SID(), Request: entryRequest{}}
	if !p.sentFirstEvent {
		options.Key = p.PreviousSID()
	}
	p.sentFirstEvent = true
	err := delayLimited(s.enterAnywhere(p, room, options))
	if err == nil {
		return
	}
	s.recordRefusal(p, err)
	if code := codeOf(err); code == codeLocked {
		p.Send(encodeEvent(eventLocked, room, true))
	} else {
		p.Send(encodeEvent(code, room)) // event names equal the error codes
	}
}

// resumeOldClient gives an old client its seat back. After a reconnect, an old client
// does not join again but sends its next message as if nothing had happened.
func (s *Server) resumeOldClient(p *participant, room string) {
	if p.PreviousSID() == "" || room == "" {
		return
	}
	o := rooms.Options{
		Key: p.PreviousSID(), NextKey: p.SID(), ClaimOnly: true, Legacy: true,
		Request: entryRequest{noAnswer: true},
	}
	_ = s.claimAnywhere(p, room, o) // without a seat, the message is dropped
}
