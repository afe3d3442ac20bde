package main

import (
	"context"
	"fmt"
	"time"

	"soak/tune"
)

// confirm plays the recommended choice and a bad neighbour over sockets.
func (a *app) confirm(ctx context.Context, r *tune.Result) error {
	best := r.Recommended()
	if best == nil {
		return nil
	}
	bad := best.Choice
	bad.Lead, bad.Jitter = r.Config.Grid.Leads[0], 0
	var trials []tune.Trial
	for _, t := range []struct {
		name   string
		choice tune.Choice
	}{{"recommended: " + best.Choice.String(), best.Choice}, {"bad neighbour: " + bad.String(), bad}} {
		scene, err := r.Config.Scene(t.choice, r.Config.Viewers, r.Config.Seed)
		if err != nil {
			return err
		}
		trials = append(trials, r.Config.Trial(t.name, scene))
	}
	length := time.Duration(0)
	for _, t := range trials {
		length += t.Wall.Duration
	}
	fmt.Fprintf(a.stderr, "confirming over sockets: %s\n", clock(length))
	c, err := tune.Confirm(ctx, trials, nil)
	r.Confirmed = c
	return err
}
