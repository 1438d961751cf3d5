package call

import (
	"github.com/pion/webrtc/v4"

	"vidchat/peer/socketio"
	"vidchat/peer/trust"
)

// description is a session description as it is sent.
type description struct {
	Type string `json:"type"`
	SDP  string `json:"sdp"`
}

// details are what members send each other through the server. A field that is not
// there differs from an empty one: what is signed has to be complete.
type details struct {
	SDP       *description             `json:"sdp,omitempty"`
	Candidate *webrtc.ICECandidateInit `json:"candidate,omitempty"`
	Room      string                   `json:"room"`
	Offer     *int64                   `json:"offer,omitempty"`
	Epoch     *string                  `json:"epoch,omitempty"`
	Answers   *string                  `json:"answers,omitempty"`
	Name      *string                  `json:"name,omitempty"`
	MAC       *string                  `json:"mac,omitempty"`
	Refused   bool                     `json:"refused,omitempty"`
}

// signed returns what the MAC covers; false if something is missing.
func (d details) signed(from, to string) (trust.Signed, bool) {
	if d.SDP == nil || d.Offer == nil || d.Epoch == nil || d.Answers == nil || d.Name == nil || d.MAC == nil {
		return trust.Signed{}, false
	}
	return trust.Signed{
		From: from, To: to, Type: d.SDP.Type, Epoch: *d.Epoch, Offer: *d.Offer, Answers: *d.Answers, Name: *d.Name, SDP: d.SDP.SDP,
	}, true
}

// sign adds what members with a key send with a description.
func (d *details) sign(key trust.Key, s trust.Signed) {
	mac := key.Sign(s)
	d.Epoch, d.Answers, d.Name, d.MAC = &s.Epoch, &s.Answers, &s.Name, &mac
}

// seatOptions are those of `enter`.
type seatOptions struct {
	Seat  string `json:"seat,omitempty"`
	Seen  int64  `json:"seen,omitempty"`
	Proof string `json:"proof,omitempty"`
	Name  string `json:"name,omitempty"`
}

// knockOptions are those of `knock`.
type knockOptions struct {
	Name  string `json:"name,omitempty"`
	Proof string `json:"proof,omitempty"`
}

// outcome is what every ack says.
type outcome struct {
	OK         bool
	Error      string
	Message    string
	RetryAfter int
}

// refusal returns the error of an ack that is not OK.
func (o outcome) refusal() error {
	if o.Error == "busy" {
		return socketio.ErrDisconnected // for a while: try again
	}
	return &Refusal{Code: o.Error, Message: o.Message}
}

// seat is the ack of `enter`.
type seat struct {
	outcome

	ID         string
	Seat       string
	Resumed    bool
	Locked     bool
	ICEServers []iceServer
	Peers      []struct {
		ID, Name string
		Away     bool
	}
	Knocks []struct{ ID, Name string }
}

// iceServer is a STUN or TURN server.
type iceServer struct {
	URLs       string
	Username   string
	Credential string
}

// channelMessage is one over the data channel, of those that this client knows.
type channelMessage struct {
	Commit *string `json:"commit,omitempty"`
	Reveal *string `json:"reveal,omitempty"`
	Muted  *bool   `json:"muted,omitempty"`
	Camera *bool   `json:"camera,omitempty"`
	Talk   int     `json:"talk,omitempty"`
	Files  *int64  `json:"files,omitempty"`
	Hand   *int    `json:"hand,omitempty"`
	Text   *string `json:"text,omitempty"`
	Page   string  `json:"page,omitempty"`
	N      int     `json:"n,omitempty"`
	Got    int     `json:"got,omitempty"`
	File   string  `json:"file,omitempty"`
	ID     string  `json:"id,omitempty"`
	Name   string  `json:"name,omitempty"`
	Size   *int64  `json:"size,omitempty"`
	From   *int64  `json:"from,omitempty"`
	Bytes  *int64  `json:"bytes,omitempty"`
	Reason string  `json:"reason,omitempty"`
}
