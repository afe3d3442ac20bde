package netem

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Dialer shapes real connections: one viewer's access link. All connections it
// makes share the link's rate. What the real path takes comes on top, so it is
// meant for loopback and near servers.
//
// For an https target clear Profile.TLS: the real handshake crosses the shaped
// connection and takes its round trip by itself.
type Dialer struct {
	Profile Profile // valid, and not changed after the first dial
	// Now and Sleep are the clock; required unless the profile is "lan". Sleep
	// returns early with the context's error when ctx is done.
	Now   func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
	Base  net.Dialer // makes the real connection
	// Local, when set, tells the address from which a connection to host:port is made;
	// nil leaves it to the system. It is asked on dialing goroutines.
	Local func(to string) net.Addr

	once  sync.Once
	start time.Time

	mu    sync.Mutex // guards what follows
	rng   *rand.Rand
	luck  luck
	hosts []dialed
	link  link
	usual float64 // rate of the link while it is up
	free  instant // when the link is through with the bytes given to it
	full  *shaped // whose transfer the link limited last: it keeps the queue full
}

// NewDialer makes a link that draws from rng, which nobody else may use. Set Now
// and Sleep before the first dial, which is when the profile's steps begin.
func NewDialer(p Profile, rng *rand.Rand) *Dialer { return &Dialer{Profile: p, rng: rng} }

// DialContext connects to addr through the link; it fits http.Transport. On a
// "lan" it returns the real connection as it is. When every SYN is lost the error
// is syscall.ETIMEDOUT in a net.OpError.
func (d *Dialer) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	if d.Profile.Unshaped() {
		return d.base(ctx, network, addr)
	}
	if d.Now == nil || d.Sleep == nil || d.rng == nil {
		return nil, errors.New("netem dialer: make it with NewDialer and set Now and Sleep")
	}
	d.once.Do(d.begin)
	rng, wait, ok := d.handshake(addr)
	if err := d.Sleep(ctx, wait); err != nil {
		return nil, &net.OpError{Op: "dial", Net: network, Err: err}
	}
	if !ok {
		return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ETIMEDOUT}
	}
	c, err := d.base(ctx, network, addr)
	if err != nil {
		return nil, err
	}
	return d.shape(c, rng), nil
}

// base makes the real connection.
func (d *Dialer) base(ctx context.Context, network, addr string) (net.Conn, error) {
	dialer := d.Base
	if d.Local != nil {
		dialer.LocalAddr = d.Local(addr)
	}
	return dialer.DialContext(ctx, network, addr)
}

func (d *Dialer) begin() {
	d.start = d.Now()
	d.link = newLink(d.Profile, d.rng)
	d.luck = newLuck(d.Profile, d.rng)
	d.usual = d.link.usual()
}

func (d *Dialer) now() instant { return instant(d.Now().Sub(d.start)) }

// dialed counts the connections to a host.
type dialed struct {
	addr  string
	count int
}

// next is what the next connection to addr draws from; the lock is held.
func (d *Dialer) next(addr string) *rand.Rand {
	i := slices.IndexFunc(d.hosts, func(h dialed) bool { return h.addr == addr })
	if i < 0 {
		i = len(d.hosts)
		d.hosts = append(d.hosts, dialed{addr: addr})
	}
	d.hosts[i].count++
	return d.luck.of(i, d.hosts[i].count)
}

// handshake draws how long a new connection to addr takes, and what the connection
// draws from.
func (d *Dialer) handshake(addr string) (rng *rand.Rand, wait time.Duration, ok bool) {
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	rng = d.next(addr)
	wait, ok = d.Profile.connect(rng)
	up := d.link.up(now)
	return rng, wait + time.Duration(up-now) + time.Duration(d.Profile.trips())*d.queueing(nil, up), ok
}

// request draws how long n bytes of c take to the server.
func (d *Dialer) request(c *shaped, n int) time.Duration {
	now := d.now()
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.link.carry(now, float64(n))-now) + d.Profile.oneWay(c.rng)
}

// answer draws when the first byte of an answer that leaves at t comes to c.
func (d *Dialer) answer(c *shaped, t instant) instant {
	d.mu.Lock()
	defer d.mu.Unlock()
	t = d.link.up(t + instant(d.Profile.oneWay(c.rng)+d.queueing(c, t)))
	if d.Profile.lossy() {
		c.flow.drawLoss(&d.Profile, d.usual, !c.old, c.rng)
	}
	c.flow.begin(t, &d.Profile, !c.old || d.Profile.idle(c.end, t))
	c.old = true
	return t
}

// queueing is how long a packet for c waits behind another connection's running
// transfer.
func (d *Dialer) queueing(c *shaped, t instant) time.Duration {
	if queue := d.Profile.standing(); queue > 0 && d.free >= t && d.full != nil && d.full != c {
		return time.Duration(d.link.carry(t, queue) - t)
	}
	return 0
}

// carry is when n bytes for c that are ready at t have come through the link,
// behind those that were given to it before.
func (d *Dialer) carry(c *shaped, t instant, n int) instant {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.free = d.link.carry(max(t, d.free), float64(n))
	d.full = nil
	if rate, _ := d.link.at(t); c.flow.fills(rate) {
		d.full = c
	}
	return d.free
}

const (
	// turn is how long a connection has the link to itself at most; connections
	// take turns, which over several turns is an equal share.
	turn    = 50 * time.Millisecond
	maxTurn = 64 << 10 // bytes
)

// turn is how many bytes c may read now.
func (d *Dialer) turn() int {
	now := d.now()
	d.mu.Lock()
	rate, _ := d.link.at(now)
	d.mu.Unlock()
	return int(min(max(rate*turn.Seconds(), payload), maxTurn))
}
