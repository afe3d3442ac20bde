package netem

import (
	"math"
	"math/rand/v2"
	"time"
)

const (
	// synTimeout and synTries are Linux's: the first SYN is repeated after 1 s,
	// then 2, 4 … 32 s, and the connection given up 64 s after the last.
	synTimeout = time.Second
	synTries   = 7
	// minRTO is the least a sender waits for an acknowledgement (Linux's TCP_RTO_MIN).
	minRTO = 200 * time.Millisecond
	// lossTries bounds how often in a row one packet of an open connection is lost.
	lossTries = 8
)

// half draws the time of one direction.
func (p *Profile) half(rng *rand.Rand) time.Duration {
	if p.Jitter == 0 {
		return p.RTT / 2
	}
	return (p.RTT + time.Duration((2*rng.Float64()-1)*float64(p.Jitter))) / 2
}

// repeats draws what losing one small message costs: the sender notices after two
// round trips or 200 ms, and waits twice as long each time it is lost again.
func (p *Profile) repeats(rng *rand.Rand) (d time.Duration) {
	if p.Loss == 0 {
		return 0
	}
	wait := max(minRTO, 2*p.RTT)
	for try := 0; try < lossTries && rng.Float64() < p.Loss; try++ {
		d += wait
		wait *= 2
	}
	return d
}

// oneWay draws how long a small message takes until it has arrived.
func (p *Profile) oneWay(rng *rand.Rand) time.Duration {
	if p.Jitter == 0 && p.Loss == 0 {
		return p.RTT / 2
	}
	return p.drawn(rng)
}

func (p *Profile) drawn(rng *rand.Rand) time.Duration { return p.half(rng) + p.repeats(rng) }

// trips is how many round trips the handshakes take: TCP's one, TLS 1.3's another.
func (p *Profile) trips() int {
	if p.TLS {
		return 2
	}
	return 1
}

// connect draws the time of the handshakes on an empty link.
// It reports false when every SYN was lost; d is then when the sender gives up.
func (p *Profile) connect(rng *rand.Rand) (d time.Duration, ok bool) {
	wait := synTimeout
	for try := 0; p.lostEitherWay(rng); try++ {
		d += wait
		wait *= 2
		if try+1 == synTries {
			return d, false
		}
	}
	d += p.half(rng) + p.half(rng)
	if p.TLS {
		d += p.oneWay(rng) + p.oneWay(rng)
	}
	return d, true
}

func (p *Profile) lostEitherWay(rng *rand.Rand) bool {
	return p.Loss > 0 && rng.Float64() > (1-p.Loss)*(1-p.Loss)
}

// rto is the pause after which a connection is no longer warm: the sender's
// retransmission timeout once its round trips are steady (RFC 6298, Linux's floor).
func (p *Profile) rto() time.Duration { return p.RTT + minRTO }

// lossy tells whether loss bounds the sender's rate. BBR does not slow down for it.
func (p *Profile) lossy() bool { return p.Loss > 0 && p.Congestion != BBR && p.RTT > 0 }

// standing is how much of the link's queue another transfer keeps filled, as
// bytes of payload. CUBIC fills what queue there is; BBR hardly does.
func (p *Profile) standing() float64 {
	if p.Congestion == BBR {
		return 0
	}
	return float64(p.Queue * payload)
}

// CUBIC under random loss, measured on 2 Mbit/s, 80 ms, 2 %: no closed form came
// nearer than 30 %, so the PFTK rate is scaled to the measured median and varied.
const (
	cubicScale = 0.83
	cubicSigma = 0.25 // of the logarithm; transfers differ by up to a factor 2.9
)

// lossRate is the mean rate that loss allows a sender, in bytes a second:
// Padhye, Firoiu, Towsley and Kurose, SIGCOMM 1998, equation 30 with b = 1. The
// round trip includes sending one packet at linkRate, the link's rate while it is up.
func (p *Profile) lossRate(linkRate float64) float64 {
	rtt := p.RTT.Seconds() + payload/linkRate
	rto := p.rto().Seconds()
	l := p.Loss
	timeouts := rto * min(1, 3*math.Sqrt(3*l/8)) * l * (1 + 32*l*l)
	return cubicScale * payload / (rtt*math.Sqrt(2*l/3) + timeouts)
}
