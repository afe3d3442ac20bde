package netem

import (
	"context"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"soak/loop"
	"soak/qoe"
)

var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// bench is one viewer's link in a world of its own.
type bench struct {
	t     testing.TB
	world *loop.World
	tab   *loop.Virtual
	model *Model
}

func newBench(t testing.TB, p Profile, seed uint64) *bench {
	t.Helper()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	w := loop.NewWorld(epoch)
	tab := w.Loop()
	return &bench{t, w, tab, NewModel(p, tab, rand.New(rand.NewPCG(seed, 1)))}
}

// run lets d pass.
func (b *bench) run(d time.Duration) {
	b.t.Helper()
	if err := b.world.Run(context.Background(), b.tab.Now().Add(d)); err != nil {
		b.t.Fatal(err)
	}
}

// party is one of functions.
type party struct {
	arrive func(*Exchange)
	done   func(qoe.Failure)
}

func (p party) Arrive(e *Exchange)              { p.arrive(e) }
func (p party) Done(_ *Exchange, f qoe.Failure) { p.done(f) }

// transfer is what became of one exchange.
type transfer struct {
	*Exchange
	asked, arrived, first, done time.Time
	failure                     qoe.Failure
	ends                        int // how often done was called
}

func (x *transfer) took() time.Duration { return x.done.Sub(x.asked) }

// get asks for size bytes, answered at once.
func (b *bench) get(host string, size int64) *transfer {
	return b.ask(host, Reply{Bytes: size}, nil)
}

func (b *bench) ask(host string, r Reply, then func()) *transfer {
	x := &transfer{Exchange: new(Exchange), asked: b.tab.Now()}
	b.model.Do(x.Exchange, host, 400, party{
		func(e *Exchange) { x.arrived = b.tab.Now(); e.Answer(&r) },
		func(f qoe.Failure) {
			if first := x.FirstByte(); !first.IsZero() {
				x.first = epoch.Add(first.Since())
			}
			x.done, x.failure = b.tab.Now(), f
			x.ends++
			if then != nil {
				then()
			}
		}})
	return x
}

// What is left of a nanosecond counts as a whole one, and what never ends ends never.
func TestAfterRoundsUp(t *testing.T) {
	for _, row := range []struct {
		n, rate float64
		want    instant
		why     string
	}{
		{0, 1000, 7, "nothing takes no time"},
		{1000, 1e9, 1007, "whole nanoseconds are not rounded"},
		{1, 3e9, 8, "a third of one is one"},
		{1448, unlimited, 8, "nothing but nothing takes no time"},
		{math.Inf(1), 1000, never, "a window that limits nothing"},
		{0, 0, never, "nothing comes over a dead link"},
		{1e300, 1, never, "beyond what can be told"},
		{2e9, 1, 7 + 2e18, "nearly beyond"},
	} {
		if got := instant(7).after(row.n, row.rate); got != row.want {
			t.Errorf("7.after(%v, %v) = %v; want %v: %s", row.n, row.rate, got, row.want, row.why)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		n, rate := float64(rng.Int64N(1e7)), 1+rng.Float64()*1e8
		if got, want := instant(0).after(n, rate), instant(math.Ceil(n/rate*1e9)); got != want {
			t.Fatalf("0.after(%v, %v) = %v; want %v", n, rate, got, want)
		}
	}
}
