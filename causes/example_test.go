package causes_test

import (
	"fmt"
	"time"

	"soak/causes"
	"soak/qoe"
)

// A viewer stalls for eight seconds. In the open world, where edges take every
// token, the same viewer stalls for three.
func Example() {
	start := time.Unix(1_800_000_000, 0)
	var real, open causes.Account
	real.Add(qoe.Stall{At: start.Add(30 * time.Second), Took: 8 * time.Second})
	open.Add(qoe.Stall{At: start.Add(31 * time.Second), Took: 3 * time.Second})

	c := causes.Compare(&real)
	c.With(&open, qoe.ByToken)
	c.With(new(causes.Account), qoe.ByOrigin) // and in the healthy one not at all
	found := c.Causes()
	for _, cause := range []qoe.Cause{qoe.ByToken, qoe.ByOrigin} {
		b := found.Of(cause)
		fmt.Println(cause, b.Stalls, time.Duration(b.Stalled)*time.Microsecond)
	}
	// Output:
	// token 1 5s
	// origin 0 3s
}
