package rtc

import (
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// channelName is the label of the data channel, which both sides open with id 0.
const channelName = "vidchat"

// State is how far a connection is.
type State string

// States, in the order of a connection that works.
const (
	ICEConnected  State = "ICE"
	DTLSConnected State = "DTLS"
	ChannelOpen   State = "data channel"
	FirstSound    State = "first sound"
	FirstFrame    State = "first frame"
	Interrupted   State = "interrupted"
	Failed        State = "failed"
)

// Events are called on goroutines of the connection. They may call nothing of it.
type Events struct {
	Candidate func(webrtc.ICECandidateInit)
	State     func(State)
	Message   func(string)
	// File has what arrives on other channels, which have a label.
	File func(label string, data []byte, isText bool)
}

// Sender is what a connection sends.
type Sender interface {
	Tracks() []webrtc.TrackLocal
	RequestKeyFrame()
}

// Connection is a peer connection with audio, video and a data channel.
type Connection struct {
	pc      *webrtc.PeerConnection
	channel *webrtc.DataChannel
	events  Events
	audio   reception
	video   reception
	started atomic.Bool // whether it was connected: before that, pion has no figures
	opened  sync.Once   // says that the data channel is open

	mu      sync.Mutex // guards closed and uploads
	uploads []*Upload
	closed  bool           // no goroutine begins any more
	readers sync.WaitGroup // of RTP and RTCP
}

// Servers are those for ICE.
type Servers struct {
	ICE       []webrtc.ICEServer
	RelayOnly bool // whether only what goes over a TURN server is used
}

// New opens a connection that sends what the sender has.
func New(api *webrtc.API, servers Servers, sender Sender, events Events) (*Connection, error) {
	configuration := webrtc.Configuration{ICEServers: servers.ICE}
	if servers.RelayOnly {
		configuration.ICETransportPolicy = webrtc.ICETransportPolicyRelay
	}
	pc, err := api.NewPeerConnection(configuration)
	if err != nil {
		return nil, err
	}
	c := &Connection{pc: pc, events: events}
	c.audio.clockRate = 48_000
	c.video.clockRate, c.video.hasFrames = 90_000, true
	if err := c.prepare(sender); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

func (c *Connection) prepare(sender Sender) error {
	negotiated, id := true, uint16(0)
	channel, err := c.pc.CreateDataChannel(channelName, &webrtc.DataChannelInit{Negotiated: &negotiated, ID: &id})
	if err != nil {
		return err
	}
	c.channel = channel
	c.listen()
	for _, track := range sender.Tracks() {
		rtpSender, err := c.pc.AddTrack(track)
		if err != nil {
			return err
		}
		c.read(func() { readFeedback(rtpSender, sender.RequestKeyFrame) })
	}
	return nil
}

func (c *Connection) listen() {
	c.pc.OnICECandidate(func(candidate *webrtc.ICECandidate) {
		if candidate != nil {
			c.events.Candidate(candidate.ToJSON())
		}
	})
	c.pc.OnICEConnectionStateChange(func(state webrtc.ICEConnectionState) {
		switch state {
		case webrtc.ICEConnectionStateConnected:
			c.events.State(ICEConnected)
		case webrtc.ICEConnectionStateDisconnected:
			c.events.State(Interrupted)
		}
	})
	c.pc.OnConnectionStateChange(func(state webrtc.PeerConnectionState) {
		switch state {
		case webrtc.PeerConnectionStateConnected:
			c.started.Store(true)
			c.events.State(DTLSConnected)
		case webrtc.PeerConnectionStateFailed:
			c.events.State(Failed)
		}
	})
	c.channel.OnOpen(c.channelOpened)
	c.channel.OnMessage(c.channelMessage)
	c.pc.OnDataChannel(func(channel *webrtc.DataChannel) {
		channel.OnMessage(func(message webrtc.DataChannelMessage) {
			c.events.File(channel.Label(), message.Data, message.IsString)
		})
	})
	c.pc.OnTrack(func(track *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
		c.read(func() { c.receive(track) })
	})
}

func (c *Connection) channelOpened() {
	c.opened.Do(func() { c.events.State(ChannelOpen) })
}

// channelMessage is called when a message arrives. The channel is open then, which pion may say
// only later.
func (c *Connection) channelMessage(message webrtc.DataChannelMessage) {
	c.channelOpened()
	if message.IsString {
		c.events.Message(string(message.Data))
	}
}

// read runs a loop that ends when the connection is closed.
func (c *Connection) read(loop func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.readers.Go(loop)
	}
}

// readFeedback asks for a key frame when the peer does.
func readFeedback(sender *webrtc.RTPSender, requestKeyFrame func()) {
	for {
		packets, _, err := sender.ReadRTCP()
		if err != nil {
			return
		}
		for _, packet := range packets {
			switch packet.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				requestKeyFrame()
			}
		}
	}
}

// Offer describes this side anew; with restart, ICE begins again.
func (c *Connection) Offer(restart bool) error {
	offer, err := c.pc.CreateOffer(&webrtc.OfferOptions{ICERestart: restart})
	if err != nil {
		return err
	}
	return c.pc.SetLocalDescription(offer)
}

// Answer accepts the peer's offer, and describes this side.
func (c *Connection) Answer(offer string) error {
	if err := c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeOffer, SDP: offer}); err != nil {
		return err
	}
	answer, err := c.pc.CreateAnswer(nil)
	if err != nil {
		return err
	}
	return c.pc.SetLocalDescription(answer)
}

// Accept takes the peer's answer.
func (c *Connection) Accept(answer string) error {
	return c.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
}

// LocalSDP describes this side, with the candidates found so far.
func (c *Connection) LocalSDP() string { return c.pc.LocalDescription().SDP }

// Unanswered reports whether the peer has not answered the last offer.
func (c *Connection) Unanswered() bool {
	return c.pc.SignalingState() == webrtc.SignalingStateHaveLocalOffer
}

// Described reports whether the peer has described its side, so that candidates may be added.
func (c *Connection) Described() bool { return c.pc.RemoteDescription() != nil }

// Connected reports whether media can arrive.
func (c *Connection) Connected() bool {
	return c.pc.ConnectionState() == webrtc.PeerConnectionStateConnected
}

// AddCandidate adds a candidate of the peer.
func (c *Connection) AddCandidate(candidate webrtc.ICECandidateInit) error {
	return c.pc.AddICECandidate(candidate)
}

// RemoteCertificate returns the certificate of the DTLS connection, in DER.
func (c *Connection) RemoteCertificate() []byte {
	return c.pc.SCTP().Transport().GetRemoteCertificate()
}

// Send sends a message over the data channel, which is open.
func (c *Connection) Send(message any) error {
	text, err := json.Marshal(message)
	if err != nil {
		return err
	}
	return c.channel.SendText(string(text))
}

// Close closes the connection, and waits for its goroutines.
func (c *Connection) Close() error {
	c.mu.Lock()
	c.closed = true
	uploads := c.uploads
	c.mu.Unlock()
	for _, upload := range uploads {
		upload.Cancel()
	}
	err := c.pc.GracefulClose()
	c.readers.Wait()
	return err
}
