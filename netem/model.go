package netem

import (
	"math/rand/v2"
	"time"

	"soak/loop"
	"soak/qoe"
)

// Clock is the loop a Model lives on.
type Clock interface {
	Now() time.Time
	After(d time.Duration, fn func()) *loop.Timer
}

// Reply is what the server answers.
type Reply struct {
	Delay time.Duration // from the call of reply until the answer leaves the server
	Bytes int64         // body bytes
	Reset bool          // the connection breaks after Bytes
}

// Model is one viewer's access link in virtual time.
type Model struct{}

// Exchange is one request and its answer.
type Exchange struct{}

// NewModel makes a link.
func NewModel(p Profile, c Clock, rng *rand.Rand) *Model { return &Model{} }

// Do sends a request.
func (m *Model) Do(host string, requestBytes int64, arrive func(reply func(Reply)), first func(), done func(qoe.Failure)) *Exchange {
	return &Exchange{}
}

// Loaded is how many body bytes have arrived.
func (e *Exchange) Loaded() int64 { return 0 }

// FirstByte is when the answer began.
func (e *Exchange) FirstByte() time.Time { return time.Time{} }

// Cancel gives the exchange up.
func (e *Exchange) Cancel() {}
