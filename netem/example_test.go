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
	model.Do("edge.lab", 400,
		func(reply func(netem.Reply)) {
			fmt.Println("server has the request after", since())
			reply(netem.Reply{Delay: 20 * time.Millisecond, Bytes: 1_000_000})
		},
		func() { fmt.Println("first byte after", since()) },
		func(why qoe.Failure) { fmt.Printf("done after %s, failure %q\n", since(), why) },
	)
	if err := world.Run(context.Background(), begun.Add(time.Minute)); err != nil {
		panic(err)
	}
	// Output:
	// server has the request after 125ms
	// first byte after 170ms
	// done after 1.159s, failure ""
}
