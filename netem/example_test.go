package netem_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"soak/loop"
	"soak/netem"
	"soak/qoe"
)

// A segment of one megabyte over 4G: three round trips to the first byte on a new
// connection, slow start, then the link's rate.
func ExampleModel_Do() {
	link, err := netem.Builtin("4g")
	if err != nil {
		panic(err)
	}
	world := loop.NewWorld(time.Unix(1_700_000_000, 0))
	tab := world.Loop()
	model := netem.NewModel(link, tab, rand.New(rand.NewPCG(1, 7)))

	begun := tab.Now()
	since := func() time.Duration { return tab.Now().Sub(begun).Round(time.Millisecond) }
	model.Do(new(netem.Exchange), "edge.lab", 400, &party{since})
	if err := world.Run(context.Background(), begun.Add(time.Minute)); err != nil {
		panic(err)
	}
	// Output:
	// server has the request after 125ms
	// done after 1.159s, 1000000 bytes, failure ""
}

// party tells what happens to an exchange.
type party struct{ since func() time.Duration }

func (p *party) Arrive(e *netem.Exchange) {
	fmt.Println("server has the request after", p.since())
	e.Answer(&netem.Reply{Delay: 20 * time.Millisecond, Bytes: 1_000_000})
}

func (p *party) Done(e *netem.Exchange, why qoe.Failure) {
	fmt.Printf("done after %s, %d bytes, failure %q\n", p.since(), e.Loaded(), why)
}
