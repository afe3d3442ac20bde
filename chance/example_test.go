package chance_test

import (
	"fmt"

	"soak/chance"
)

// Of 60 viewers none stalled in one run, and six in another.
func Example() {
	p := chance.Fisher(0, 60, 6, 60)
	fmt.Printf("so uneven by chance: %.1f %%\n", 100*p)
	i := chance.Difference(0, chance.Wilson(0, 60, 0.95), 0.1, chance.Wilson(6, 60, 0.95))
	fmt.Printf("%.0f to %.0f %% more\n", 100*i.Low, 100*i.High)
	// Output:
	// so uneven by chance: 2.7 %
	// 2 to 20 % more
}
