package fleet

import (
	"errors"
	"reflect"
	"testing"

	"soak/lab"
	"soak/qoe"
	"soak/scenarios"
)

// A viewer who plays without the others lives the same life.
func TestOnlySomeLiveAsBefore(t *testing.T) {
	only := []int{3, 7, 20}
	lives := func(opt Options) map[int][]qoe.Sample {
		all := map[int][]qoe.Sample{}
		opt.Virtual = true
		opt.Observer = &Observer{Sample: func(viewer int, s qoe.Sample) { all[viewer] = append(all[viewer], s) }}
		if _, err := Run(t.Context(), tight(), opt); err != nil {
			t.Fatal(err)
		}
		return all
	}
	every, some := lives(Options{}), lives(Options{Only: only})
	if len(some) != len(only) {
		t.Fatalf("%d viewers played; want %v", len(some), only)
	}
	for _, id := range only {
		if len(some[id]) == 0 || !reflect.DeepEqual(every[id], some[id]) {
			t.Errorf("viewer %d: %d samples alone, %d among others; want the same ones", id, len(some[id]), len(every[id]))
		}
	}
}

func TestOnlyRefuses(t *testing.T) {
	shared := tight()
	cfg := lab.Config{API: lab.API{Rate: 10}}
	shared.Target.Lab = &cfg
	for why, c := range map[string]struct {
		sc  scenarios.Scenario
		opt Options
	}{
		"a queue is shared":     {shared, Options{Virtual: true, Only: []int{0}}},
		"nobody of that number": {tight(), Options{Virtual: true, Only: []int{66}}},
		"one twice":             {tight(), Options{Virtual: true, Only: []int{1, 1}}},
		"real time":             {tight(), Options{Only: []int{1}}},
	} {
		if _, err := Run(t.Context(), c.sc, c.opt); !errors.Is(err, ErrConfig) {
			t.Errorf("%s: %v; want ErrConfig", why, err)
		}
	}
}
