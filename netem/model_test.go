package netem

import (
	"context"
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
