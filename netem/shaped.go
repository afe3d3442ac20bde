package netem

import (
	"context"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"
)

// shaped is a connection behind a Dialer's link. It reads from the real
// connection and keeps the bytes back until the link would have brought them:
//
//	Write ──½ RTT──▶ server … answer ──½ RTT──▶ first Read returns, next at the link's rate
//
// Deadlines hold for the real connection; a Read that has bytes in hand finishes
// its wait. Close ends every wait.
type shaped struct {
	net.Conn
	d    *Dialer
	rng  *rand.Rand      // guarded by the Dialer's lock
	open context.Context // until Close: a Read has no context of its own
	shut context.CancelFunc

	asked atomic.Bool // written to since an answer last began

	// Only Read touches what follows.
	flow flow
	old  bool    // has carried an answer
	end  instant // when the bytes read last were through
}

func (d *Dialer) shape(c net.Conn, rng *rand.Rand) net.Conn {
	s := &shaped{Conn: c, d: d, rng: rng}
	s.open, s.shut = context.WithCancel(context.Background())
	return s
}

// Write holds the first bytes of a request back for the way to the server.
func (s *shaped) Write(p []byte) (int, error) {
	if !s.asked.Swap(true) {
		if err := s.d.Sleep(s.open, s.d.request(s, len(p))); err != nil {
			return 0, net.ErrClosed
		}
	}
	return s.Conn.Write(p)
}

func (s *shaped) Read(p []byte) (int, error) {
	n, err := s.Conn.Read(p[:min(len(p), s.room())])
	if n == 0 {
		return n, err
	}
	ready, closed := s.ready()
	if closed != nil {
		return 0, closed
	}
	s.end = s.d.carry(s, ready, n)
	if limit := s.flow.limit(); limit < unlimited {
		s.end = max(s.end, ready.after(float64(n), limit))
	}
	s.flow.spend(float64(n), s.end, &s.d.Profile)
	if closed := s.until(s.end); closed != nil {
		return 0, closed
	}
	return n, err
}

// room is how many bytes the next Read may take: a turn on the link, and no more
// than the sender may send at its present rate.
func (s *shaped) room() int {
	if s.asked.Load() || s.flow.blocked {
		return min(s.d.turn(), initialWindow)
	}
	return int(min(float64(s.d.turn()), s.flow.stretch()+1))
}

// slack is how late a reader may come back and still be taken for one that has
// kept reading: timers and the scheduler are late, the link was not.
const slack = 100 * time.Millisecond

// ready is when the bytes in hand begin to arrive; it waits until the sender may
// send them.
func (s *shaped) ready() (instant, error) {
	now := s.d.now()
	switch {
	case s.asked.Swap(false):
		t := s.d.answer(s, now)
		return t, s.until(t)
	case s.flow.blocked:
		t := max(s.flow.ends, s.end)
		err := s.until(t)
		s.flow.spend(0, t, &s.d.Profile)
		return t, err
	case time.Duration(now-s.end) < slack:
		return s.end, nil
	}
	return now, nil
}

// tick is the shortest wait worth a timer. What is not waited for is not lost:
// the next bytes are due so much later.
const tick = time.Millisecond

// until waits for t, or for Close.
func (s *shaped) until(t instant) error {
	wait := time.Duration(t - s.d.now())
	if wait < tick {
		return nil
	}
	if s.d.Sleep(s.open, wait) != nil {
		return net.ErrClosed
	}
	return nil
}

// Close closes the connection and ends the waits of Read and Write.
func (s *shaped) Close() error {
	s.shut()
	return s.Conn.Close()
}
