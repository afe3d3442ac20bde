package fleet

import (
	"context"
	"reflect"
	"slices"

	"soak/causes"
	"soak/lab"
	"soak/netem"
	"soak/qoe"
	"soak/scenarios"
)

// parallel is a world to which a virtual run's viewers are sent to find out what
// their troubles are due to; see package causes. Each takes one thing more away.
type parallel uint8

const (
	realWorld    parallel = iota
	openWorld             // edges take every token, nobody rewrites a URL
	healthyWorld          // edges and origin do nothing wrong either
	idealWorld            // over a link that costs nothing
)

// takes is what a world has not got any more.
func (w parallel) takes() qoe.Cause {
	return [...]qoe.Cause{openWorld: qoe.ByToken, healthyWorld: qoe.ByOrigin, idealWorld: qoe.ByNetwork}[w]
}

func (w parallel) lab(c lab.Config) lab.Config {
	if w >= healthyWorld {
		return c.Healthy()
	}
	return c
}

func (w parallel) link(p netem.Profile) netem.Profile {
	if w >= idealWorld {
		return netem.Profile{Name: p.Name}
	}
	return p
}

// same tells whether a world is like the one before it.
func (w parallel) same(sc *scenarios.Scenario) bool {
	cfg := labConfig(sc)
	return w == healthyWorld && reflect.DeepEqual(cfg, cfg.Healthy())
}

// troubled is a viewer with something to explain.
type troubled struct {
	viewer *viewer
	*causes.Comparison
}

// explain finds out what the run's viewers suffered from, by sending those who
// suffered through parallel worlds until nothing is left to explain.
func (r *virtualRun) explain(ctx context.Context) ([]troubled, error) {
	var all []troubled
	for _, v := range r.viewers {
		if v.log != nil && v.account != nil { // else the viewer never came, or is a leech
			all = append(all, troubled{v, causes.Compare(v.account)})
		}
	}
	for w := openWorld; w <= idealWorld; w++ {
		var rest []troubled
		for _, t := range all {
			if t.Left() {
				rest = append(rest, t)
			}
		}
		if len(rest) == 0 || w.same(r.scenario) {
			continue
		}
		if err := r.compare(ctx, w, rest); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// blame adds to the summary what the viewers suffered from, until the run was over.
func (r *virtualRun) blame(ctx context.Context, abort *scenarios.Abort) error {
	if abort != nil {
		r.length = abort.At
	}
	all, err := r.explain(ctx)
	for _, t := range all {
		t.viewer.blame(t.Causes())
	}
	return err
}

// compare sends viewers through a world.
func (r *virtualRun) compare(ctx context.Context, w parallel, some []troubled) error {
	seats := r.cast(some)
	other, err := newVirtualRun(r.scenario, r.start, w, len(seats))
	if err != nil {
		return err
	}
	other.length = r.length
	for i, l := range other.lanes { // of which there are no more than here
		l.manifests = r.lanes[i].manifests
	}
	if _, err := other.play(ctx, seats, nil, suffering); err != nil {
		return err
	}
	accounts := make(map[int]*causes.Account, len(other.viewers))
	for _, v := range other.viewers {
		accounts[v.id] = v.account
	}
	for _, t := range some {
		t.With(accounts[t.viewer.id], w.takes())
	}
	return nil
}

// cast is who has to play so that some viewers live as they did: themselves alone,
// or everybody where viewers get into each other's way or copy from each other.
func (r *virtualRun) cast(some []troubled) []seat {
	all := plan(r.scenario) // anew: what leeches copy is written into the seats
	if labConfig(r.scenario).Shared() || slices.ContainsFunc(all, func(s seat) bool { return s.copies != nil }) {
		return all
	}
	seats := make([]seat, len(some))
	for i, t := range some {
		seats[i] = all[t.viewer.id]
	}
	return seats
}
