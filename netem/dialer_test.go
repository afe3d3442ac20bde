package netem

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func newDialer(p Profile, seed uint64) *Dialer {
	d := NewDialer(p, rand.New(rand.NewPCG(seed, 1)))
	d.Now, d.Sleep = time.Now, sleep
	return d
}

// pipe is a shaped connection to a server that answers every request of 400
// bytes with size bytes, in memory. It has taken the handshake's time.
func pipe(t *testing.T, d *Dialer, size int) net.Conn {
	t.Helper()
	d.once.Do(d.begin)
	rng, wait, _ := d.handshake("edge")
	time.Sleep(wait) // fake: inside a bubble
	near, far := net.Pipe()
	go func() {
		request, body := make([]byte, 400), make([]byte, size)
		for {
			if _, err := io.ReadFull(far, request); err != nil {
				return
			}
			if _, err := far.Write(body); err != nil {
				return
			}
		}
	}()
	c := d.shape(near, rng)
	t.Cleanup(func() { c.Close(); far.Close() })
	return c
}

// exchange asks for size bytes and reads them. Any goroutine may call it.
func exchange(t *testing.T, c net.Conn, size int) {
	t.Helper()
	if _, err := c.Write(make([]byte, 400)); err != nil {
		t.Errorf("write: %v", err)
		return
	}
	if _, err := io.ReadFull(c, make([]byte, size)); err != nil {
		t.Errorf("read: %v", err)
	}
}

// TestDialerAgreesWithModel: from one profile, the same times to the millisecond.
func TestDialerAgreesWithModel(t *testing.T) {
	for _, row := range []struct {
		p    Profile
		size int
	}{
		{measured("4g", Cubic), 10_000},
		{measured("4g", Cubic), 500_000},
		{measured("4g", BBR), 500_000},
		{measured("3g", Cubic), 250_000},
		{measured("fibre", Cubic), 3_000_000},
		{with(measured("4g", Cubic), func(p *Profile) { p.TLS = true }), 100_000},
		{outage(40*ms, 700*ms, 300*ms), 1_000_000},
	} {
		for _, pause := range []time.Duration{0, 1500 * ms} {
			var first, second time.Duration
			var y *transfer
			b := newBench(t, row.p, 1)
			one := b.ask("edge", Reply{Bytes: int64(row.size)}, func() {
				b.tab.After(pause, func() { y = b.get("edge", int64(row.size)) })
			})
			b.run(time.Hour)
			synctest.Test(t, func(t *testing.T) {
				d := newDialer(row.p, 1)
				begun := time.Now()
				c := pipe(t, d, row.size)
				exchange(t, c, row.size)
				first = time.Since(begun)
				time.Sleep(pause)
				begun = time.Now()
				exchange(t, c, row.size)
				second = time.Since(begun)
			})
			if diff := (first - one.took()).Abs(); diff > 2*ms {
				t.Errorf("%s %s %d bytes, fresh: dialer %s, model %s", row.p.Name, row.p.Congestion, row.size, first, one.took())
			}
			if diff := (second - y.took()).Abs(); diff > 2*ms {
				t.Errorf("%s %s %d bytes, after %s: dialer %s, model %s", row.p.Name, row.p.Congestion, row.size, pause, second, y.took())
			}
		}
	}
}

// TestDialerSharesLuck: what is drawn for a connection is drawn alike by model and
// dialer, whatever else is drawn meanwhile, so a viewer has the same luck with the same
// connection in both worlds.
func TestDialerSharesLuck(t *testing.T) {
	shaky := with(measured("4g", BBR), func(p *Profile) { p.Jitter, p.Loss, p.TLS = 20*ms, 0.1, true })
	for _, p := range []Profile{shaky, measured("poor-wifi", Cubic)} {
		slowest, differ := time.Duration(0), 0
		for seed := range uint64(60) {
			b := newBench(t, p, seed)
			page, edge, api := b.get("page", 0), b.get("edge", 50*kB), b.get("api", 0)
			b.run(time.Hour)
			d := newDialer(p, seed)
			d.once.Do(d.begin)
			draw := func(host string) time.Duration {
				rng, wait, _ := d.handshake(host)
				return wait + d.request(&shaped{rng: rng}, 400)
			}
			for i, x := range []*transfer{page, edge, api} {
				host := []string{"page", "edge", "api"}[i]
				if got, want := draw(host), x.arrived.Sub(x.asked); (got - want).Abs() > ms {
					t.Errorf("%s, seed %d: the request to %s arrives after %v by the dialer, %v by the model", p.Name, seed, host, got, want)
				}
				slowest = max(slowest, x.took())
			}
			if first, second := draw("api"), draw("api"); first != second {
				differ++
			}
		}
		if slowest < time.Second {
			t.Errorf("%s: the slowest takes %v; want lost SYNs among them", p.Name, slowest)
		}
		if differ == 0 {
			t.Errorf("%s: all connections to a host have the same luck", p.Name)
		}
	}
}

// TestDialerShares: the connections of one viewer take turns on the link, those
// of two viewers do not meet.
func TestDialerShares(t *testing.T) {
	const size = 2_000_000
	run := func(t *testing.T, dialers ...*Dialer) time.Duration {
		begun := time.Now()
		var wg sync.WaitGroup
		for _, d := range dialers {
			wg.Go(func() { exchange(t, pipe(t, d, size), size) })
		}
		wg.Wait()
		return time.Since(begun)
	}
	synctest.Test(t, func(t *testing.T) {
		p := with(simple(100*ms), func(p *Profile) { p.Congestion = BBR })
		d := newDialer(p, 1)
		shared, alone := run(t, d, d), run(t, newDialer(p, 1), newDialer(p, 2))
		if shared < 4100*ms || shared > 4400*ms {
			t.Errorf("two transfers on one link took %s; want 4 s and the start: 4 MB at 1 MB/s", shared)
		}
		if alone < 2100*ms || alone > 2500*ms {
			t.Errorf("two transfers on two links took %s; want 2 s and the start", alone)
		}
	})
}

// TestDialerLoss: means over draws agree with the model's.
func TestDialerLoss(t *testing.T) {
	const draws, size = 100, 250_000
	p := measured("poor-wifi", Cubic)
	var dialer, model time.Duration
	for seed := range uint64(draws) {
		b := newBench(t, p, seed)
		x := b.get("edge", size)
		b.run(time.Hour)
		model += x.took()
		synctest.Test(t, func(t *testing.T) {
			begun := time.Now()
			exchange(t, pipe(t, newDialer(p, seed+draws), size), size)
			dialer += time.Since(begun)
		})
	}
	if ratio := dialer.Seconds() / model.Seconds(); ratio < 0.85 || ratio > 1.15 {
		t.Errorf("mean %.2f s, model %.2f s", dialer.Seconds()/draws, model.Seconds()/draws)
	}
}

// TestDialerLateTimers: timers that come late do not lower the rate.
func TestDialerLateTimers(t *testing.T) {
	const size = 5_000_000
	synctest.Test(t, func(t *testing.T) {
		d := newDialer(simple(0), 1)
		d.Sleep = func(ctx context.Context, wait time.Duration) error { return sleep(ctx, wait+7*ms) }
		c := pipe(t, d, size)
		begun := time.Now()
		exchange(t, c, size)
		if took := time.Since(begun); took > 5030*ms {
			t.Errorf("5 MB at 1 MB/s with timers 7 ms late took %s; want 5 s", took)
		}
	})
}

func TestDialerStandingQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDialer(with(simple(100*ms), func(p *Profile) { p.Queue = 50 }), 1)
		api := pipe(t, d, 1)
		exchange(t, api, 1)
		go exchange(t, pipe(t, d, 6_000_000), 6_000_000)
		time.Sleep(3 * time.Second)
		begun := time.Now()
		exchange(t, api, 1)
		if took := time.Since(begun); took < 160*ms || took > 230*ms {
			t.Errorf("a call beside a download took %s; want the round trip and 72 ms of queue, and a turn of at most 50 ms", took)
		}
		time.Sleep(time.Minute)
	})
}

// TestCloseEndsWaits: nobody waits for a link whose connection is gone.
func TestCloseEndsWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDialer(outage(100*ms, time.Millisecond, time.Hour), 1)
		c := pipe(t, d, 1_000_000)
		time.AfterFunc(500*ms, func() { c.Close() })
		c.Write(make([]byte, 400))
		begun := time.Now()
		_, err := io.ReadFull(c, make([]byte, 1_000_000))
		if err == nil || time.Since(begun) > 500*ms {
			t.Errorf("read ended after %s with %v; want an error at Close", time.Since(begun), err)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		d := newDialer(simple(time.Minute), 1)
		c := pipe(t, d, 1)
		time.AfterFunc(time.Second, func() { c.Close() })
		begun := time.Now()
		if _, err := c.Write(make([]byte, 400)); !errors.Is(err, net.ErrClosed) || time.Since(begun) > time.Second {
			t.Errorf("write ended after %s with %v; want net.ErrClosed at Close", time.Since(begun), err)
		}
	})
}

func TestDialFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDialer(with(simple(100*ms), func(p *Profile) { p.Loss = 0.9999 }), 1)
		begun := time.Now()
		if _, err := d.DialContext(t.Context(), "tcp", "127.0.0.1:1"); !errors.Is(err, syscall.ETIMEDOUT) || time.Since(begun) != 127*time.Second {
			t.Errorf("dial ended after %s with %v; want ETIMEDOUT after 127 s", time.Since(begun), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := d.DialContext(ctx, "tcp", "127.0.0.1:1"); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("dial ended with %v; want the context's error", err)
		}
	})
	if _, err := NewDialer(measured("4g", BBR), rand.New(rand.NewPCG(1, 1))).DialContext(t.Context(), "tcp", "127.0.0.1:1"); err == nil {
		t.Error("a dialer without a clock dialled")
	}
}

func body(size int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, size)) }
}

func TestLanReturnsTheBareConnection(t *testing.T) {
	s := httptest.NewServer(body(1))
	defer s.Close()
	c, err := NewDialer(Profile{}, nil).DialContext(t.Context(), "tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, ok := c.(*net.TCPConn); !ok {
		t.Errorf("got a %T; want the bare *net.TCPConn", c)
	}
}

// TestDialerOnLoopback: the same over real sockets and net/http. The machine may
// be busy, so the best of a few tries counts, loosely.
func TestDialerOnLoopback(t *testing.T) {
	const size = 500_000
	p := measured("4g", Cubic)
	b := newBench(t, p, 1)
	x := b.get("edge", size)
	b.run(time.Hour)
	s := httptest.NewServer(body(size))
	defer s.Close()
	var last string
	for range 5 {
		got, err := fetch(s.URL, newDialer(p, 1))
		if err != nil {
			t.Fatal(err)
		}
		ratio := got.Seconds() / x.took().Seconds()
		if ratio > 0.7 && ratio < 1.3 {
			return
		}
		last = fmt.Sprintf("took %s; the model says %s", got, x.took())
	}
	t.Errorf("five times off by more than 30 %%, at last: %s", last)
}

func fetch(url string, d *Dialer) (time.Duration, error) {
	transport := &http.Transport{DialContext: d.DialContext}
	defer transport.CloseIdleConnections()
	begun := time.Now()
	r, err := (&http.Client{Transport: transport}).Get(url)
	if err != nil {
		return 0, err
	}
	defer r.Body.Close()
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return 0, err
	}
	return time.Since(begun), nil
}

// A dialer comes from the address it is told, for new connections on.
func TestDialerComesFrom(t *testing.T) {
	if runtime.GOOS != "linux" {
		if os.Getenv("CI") == "true" {
			t.Fatal("only Linux has all of 127.0.0.0/8")
		}
		t.Skip("only Linux has all of 127.0.0.0/8")
	}
	seen := make(chan string, 2)
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen <- r.RemoteAddr }))
	defer s.Close()
	d := NewDialer(Profile{}, nil)
	var from net.Addr
	d.Local = func(string) net.Addr { return from }
	for _, c := range []struct {
		from net.Addr
		want string
	}{
		{nil, "127.0.0.1"},
		{&net.TCPAddr{IP: net.IPv4(127, 3, 2, 1)}, "127.3.2.1"},
	} {
		from = c.from
		if _, err := fetch(s.URL, d); err != nil {
			t.Fatal(err)
		}
		if host, _, _ := net.SplitHostPort(<-seen); host != c.want {
			t.Errorf("server saw %s; want %s", host, c.want)
		}
	}
}
