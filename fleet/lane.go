package fleet

import (
	"time"

	"soak/lab"
	"soak/loop"
	"soak/manifest"
	"soak/qoe"
)

// lane is what viewers of a computed run share of whom one is computed at a time: none
// of it needs a lock, nor waits for one. Lanes are computed on as many cores as there
// are.
type lane struct {
	*loop.Lane
	lab       *lab.Lab
	shard     *qoe.Shard
	manifests *manifest.Cache
	counts    *counts
	calls     modelCalls
	tokens    tokenCalls
	routes    routes
	fetches   fetches
}

// How many lanes there are depends on the audience alone, so that nothing tells on how
// many cores a run was computed. Each parses for itself what its viewers are given:
// few viewers want few lanes.
const (
	laneViewers = 256 // at least, unless there is one lane only
	mostLanes   = 16
)

// lanesFor is a power of two: it divides among any usual number of cores.
func lanesFor(viewers int) int {
	n := 1
	for n < mostLanes && viewers >= 2*n*laneViewers {
		n *= 2
	}
	return n
}

// The lanes' caches of parsed manifests, all together: a live event's last versions
// of every playlist.
const (
	parsedManifests = 4096
	parsedBytes     = 1 << 30
	mostParsedBytes = 256 << 20 // of one lane
)

// lanes makes the lanes of a run.
func (r *virtualRun) addLanes(site *lab.Lab, n int) {
	for range n {
		cache := manifest.NewCache(parsedManifests / n)
		cache.MaxBytes = min(parsedBytes/int64(n), mostParsedBytes)
		cache.Frozen = true // as the lab says of its answers
		l := &lane{Lane: r.time.Lane(), lab: site.Apart(), shard: qoe.NewShard(r.start), manifests: cache, counts: r.meter.counts(false)}
		l.routes.lab, l.routes.begin = l.lab, r.start
		r.lanes = append(r.lanes, l)
	}
}

// turn is how long a viewer's way is from one turn to the next: several segments, of
// whose playlists a lab and a cache have the versions at hand.
func turn(cfg lab.Config) time.Duration { return turnSegments * cfg.Segment }

const turnSegments = 32

// summary is what the viewers of all lanes lived through.
func (r *virtualRun) summary() *qoe.Summary {
	shards := make([]*qoe.Shard, len(r.lanes))
	for i, l := range r.lanes {
		shards[i] = l.shard
	}
	return qoe.Merged(shards...)
}

// parsed is what the lanes' caches did.
func (r *virtualRun) parsed() (all manifest.Stats) {
	for _, l := range r.lanes {
		all.Add(l.manifests.Stats())
	}
	return all
}
