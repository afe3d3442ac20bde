package netem

import "math/rand/v2"

// luck is what a link's loss and jitter are drawn from: a stream for each connection,
// by the place of its host among those talked to, and by its own among the host's. So
// what happens on one connection moves nothing on another, and a link over sockets has
// the same luck as the model of it, as long as connections are made in the same order.
type luck struct {
	seed  uint64
	drawn bool // there is something to draw
}

// newLuck draws nothing where nothing will be.
func newLuck(p Profile, rng *rand.Rand) luck {
	if p.Loss == 0 && p.Jitter == 0 {
		return luck{}
	}
	return luck{rng.Uint64(), true}
}

// of is a connection's; nil where nothing is drawn.
func (l luck) of(host, connection int) *rand.Rand {
	if !l.drawn {
		return nil
	}
	return rand.New(rand.NewPCG(l.seed, uint64(host)<<32|uint64(connection)))
}
