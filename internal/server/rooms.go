package server

import (
	"context"

	"vidchat/internal/cluster"
	"vidchat/signaling"
)

// roomsChannel is what signaling uses of the link between nodes.
const roomsChannel = 2

// sharedRooms is the cluster as signaling needs it.
type sharedRooms struct{ node *cluster.Node }

// rooms returns nil for a process alone.
func (n *nodes) rooms() signaling.Cluster {
	if n == nil {
		return nil
	}
	return sharedRooms{n.self}
}

func (s sharedRooms) Self() string { return string(s.node.Self()) }

func (s sharedRooms) Serving() bool { return s.node.Serving() }

func (s sharedRooms) Key(room string) signaling.RoomKey { return s.node.Key(room) }

func (s sharedRooms) Send(node string, body []byte) {
	s.node.Send(cluster.NodeID(node), roomsChannel, body)
}

func (s sharedRooms) Queue(node string, body []byte) {
	s.node.Queue(cluster.NodeID(node), roomsChannel, body)
}

func (s sharedRooms) Flush() { s.node.Flush() }

func (s sharedRooms) Claim(ctx context.Context, room signaling.RoomKey, seen uint64) (signaling.Claim, error) {
	c, err := s.node.Claim(ctx, room, cluster.Epoch(seen))
	return signaling.Claim{Owner: string(c.Owner), Epoch: uint64(c.Epoch), Mine: c.Mine, Record: c.Record}, err
}

func (s sharedRooms) Save(room signaling.RoomKey, epoch uint64, record []byte) {
	s.node.Save(room, cluster.Epoch(epoch), record)
}

func (s sharedRooms) Release(room signaling.RoomKey, epoch uint64) {
	s.node.Release(room, cluster.Epoch(epoch))
}

func (s sharedRooms) HandOver(room signaling.RoomKey, epoch uint64, node string) {
	s.node.HandOver(room, cluster.Epoch(epoch), cluster.NodeID(node))
}

func (s sharedRooms) Nodes() (names []string) {
	for _, node := range s.node.Nodes() {
		names = append(names, string(node))
	}
	return names
}

func (s sharedRooms) Handle(receive func(from string, body []byte)) {
	s.node.Handle(roomsChannel, func(from cluster.NodeID, body []byte) { receive(string(from), body) })
}

func (s sharedRooms) OnLost(told func(node string)) {
	s.node.OnLost(func(node cluster.NodeID) { told(string(node)) })
}

func (s sharedRooms) OnFenced(told func(room signaling.RoomKey, epoch uint64)) {
	s.node.OnFenced(func(room cluster.RoomKey, epoch cluster.Epoch) { told(room, uint64(epoch)) })
}
