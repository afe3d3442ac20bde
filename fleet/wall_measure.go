package fleet

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"soak/loop"
	"soak/qoe"
	"soak/refresher"
	"soak/scenarios"
)

// Call is a call of the token API that was made to measure it.
type Call struct {
	Took    time.Duration
	Failure qoe.Failure
}

// measurePatience is how long a measured call is waited for; then it hangs.
const measurePatience = 30 * time.Second

// Measure calls the scenario's token API, as its first cohort does, so many times with
// pauses between, one call at a time and each over a connection of its own. told, when
// set, hears of each.
func Measure(ctx context.Context, sc scenarios.Scenario, calls int, pause time.Duration, told func(Call)) ([]Call, error) {
	if err := sc.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConfig, err)
	}
	t, err := openTarget(ctx, &sc)
	if err != nil {
		return nil, err
	}
	defer t.close()
	base := &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true}
	posts := make(chan func(), max(calls, 0)) // as many as there are calls: nobody waits
	n := &socketNetwork{http: base, post: func(f func()) { posts <- f }}
	c := &sc.Viewers.Mix[0]
	api, ok := t.source(n, 0, c, channelOf(&sc, c)).(*refresher.HTTPSource)
	if !ok {
		return nil, fmt.Errorf("%w: this scenario calls no token API that could be measured", ErrConfig)
	}
	defer api.Wait()
	var all []Call
	for i := range calls {
		if i > 0 {
			if err := loop.Sleep(ctx, pause); err != nil {
				return all, err
			}
		}
		one, err := measured(ctx, api, posts, i+1)
		if err != nil {
			return all, err
		}
		if all = append(all, one); told != nil {
			told(one)
		}
	}
	return all, nil
}

// measured is one call, however it ends. What comes of an earlier one that was given up
// does nothing.
func measured(ctx context.Context, api *refresher.HTTPSource, posts <-chan func(), n int) (Call, error) {
	var got *refresher.Answer
	began := time.Now()
	cancel := api.Call(n, func(a refresher.Answer) { got = &a })
	patience := time.NewTimer(measurePatience)
	defer patience.Stop()
	for got == nil {
		select {
		case f := <-posts:
			f()
		case <-patience.C:
			cancel(qoe.TimeoutFailure)
			return Call{time.Since(began), qoe.TimeoutFailure}, nil
		case <-ctx.Done():
			cancel(qoe.CancelFailure)
			return Call{}, ctx.Err()
		}
	}
	return Call{got.End.Sub(got.Start), got.Failure}, nil
}
