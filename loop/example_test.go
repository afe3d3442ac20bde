package loop_test

import (
	"context"
	"fmt"
	"time"

	"soak/loop"
)

// A tab that polls, and gives up waiting for an answer that comes too late.
func ExampleWorld_Run() {
	world := loop.NewWorld(time.Unix(1_700_000_000, 0))
	tab := world.Loop()
	begun := tab.Now()
	say := func(what string) { fmt.Println(tab.Now().Sub(begun), what) }

	answer := tab.After(10*time.Second, func() { say("answer") })
	tab.After(4*time.Second, func() {
		if answer.Stop() {
			say("timeout")
		}
	})
	var poll func()
	poll = func() {
		say("poll")
		tab.After(2*time.Second, poll)
	}
	poll()
	if err := world.Run(context.Background(), begun.Add(6*time.Second)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 0s poll
	// 2s poll
	// 4s timeout
	// 4s poll
	// 6s poll
}

// Two viewers at a counter where one is served a second. Each runs ahead on its
// own time; at the counter they meet in the order of time, then of viewer.
func ExampleVirtual_Share() {
	world := loop.NewWorld(time.Unix(1_700_000_000, 0))
	free := time.Unix(1_700_000_000, 0)
	for i := range 2 {
		viewer := world.Loop()
		viewer.Share(500*time.Millisecond, func() {
			if now := viewer.Now(); free.Before(now) {
				free = now
			}
			free = free.Add(time.Second)
			viewer.After(free.Sub(viewer.Now()), func() {
				fmt.Printf("viewer %d served after %s\n", i, viewer.Now().Sub(time.Unix(1_700_000_000, 0)))
			})
		})
	}
	if err := world.Run(context.Background(), time.Unix(1_700_000_060, 0)); err != nil {
		fmt.Println(err)
	}
	// Output:
	// viewer 0 served after 1.5s
	// viewer 1 served after 2.5s
}

// The same in real time: work happens elsewhere and posts its result back.
func ExampleWall() {
	tab := loop.NewWall()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	loaded := 0 // no lock: touched on the loop only
	for _, size := range []int{300, 500} {
		go func() {
			tab.Post(func() {
				if loaded += size; loaded == 800 {
					cancel()
				}
			})
		}()
	}
	tab.After(time.Minute, func() { fmt.Println("too late") })
	err := tab.Run(ctx)
	fmt.Println(loaded, "bytes:", err)
	// Output:
	// 800 bytes: context canceled
}
