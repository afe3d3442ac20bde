package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"soak/manifest"
	"soak/qoe"
	"soak/scenarios"
)

// What keeps a run from starting. Errors wrap one of these, or neither when the
// cause is unexpected.
var (
	// ErrUnreachable: the token API or the stream gave no usable answer to the
	// probe that precedes every run over sockets.
	ErrUnreachable = errors.New("target unreachable")
	// ErrConfig: the scenario cannot be run as asked, on this machine or at all.
	ErrConfig = errors.New("cannot run this scenario")
)

// Options say how to run a scenario. The zero value runs it in real time, silently.
type Options struct {
	// Virtual computes the run over modelled links instead of waiting for it.
	Virtual bool
	// Start is where virtual time starts and scenario time zero lies. Zero: the
	// scenario's own, or a fixed instant. Real time starts now, whatever one wishes:
	// only virtual runs have it.
	Start time.Time
	// Only are the numbers of the viewers who play, ascending; the others stay away.
	// They live as they do in the whole run, so they must share nothing: no queue, no
	// caches, no copied links. nil: all. Virtual runs only.
	Only []int
	// Observer, when set, watches every viewer. It changes nothing.
	Observer *Observer
	// Causes explains what viewers suffered (package causes). In virtual time that
	// takes a second run where somebody noticed something, and a third and a fourth
	// for what is not due to tokens.
	Causes bool
	// Live, when set, is called once, before the first viewer comes, with a way to look
	// at the run and to change its course. Real time only.
	Live func(*Live)
	// Standings asks about five hundred viewers from time to time how they stand; see
	// [qoe.Course]. It changes nothing.
	Standings bool
	// Diaries lets viewers keep diaries, of which the Summary has those of the viewers who
	// lost most, and some of others. Each takes 4 to 8 kB of memory.
	Diaries bool
	// Warn, when set, is told before the first viewer comes what is doubtful about a run
	// over sockets on this machine, line by line.
	Warn func(string)
	// Progress, when set, is called about five times a second from one goroutine.
	Progress func(Progress)
}

// Progress is a run seen from outside, now.
type Progress struct {
	Now, Of time.Duration // scenario time passed, and in all
	Viewers int           // asked for
	Started int           // arrived so far
	// Computed tells of a run in virtual time: its viewers stand at different instants,
	// so that how many play, stand still or are dead now means nothing. They are 0.
	Computed bool
	Playing  int
	Stalled  int
	Dead     int
	Left     int
	Requests int64
	Refused  int64
	Calls    int64 // of the token API
	Stalls   int64
	// MarginLow is the least life a token had left at a dispatch so far, and Margin at
	// those since the Progress before, or MarginLow when there were none. They mean
	// nothing unless Signed: a request that carried a token was made.
	Signed            bool
	Margin, MarginLow time.Duration
}

// Result is what a run measured. An interrupted run has a Result too.
type Result struct {
	Scenario    scenarios.Scenario
	Summary     *qoe.Summary
	Virtual     bool
	Started     time.Time     // scenario time zero
	Elapsed     time.Duration // real time it took
	CPU         time.Duration // processor time that this process spent meanwhile; 0 where that is not known
	Interrupted bool
	Aborted     *scenarios.Abort // by a threshold that may end a run; nil when none did
	Health      Health
	ByHand      []Intervention // what somebody did to the run meanwhile
	Manifests   manifest.Stats // of the cache of parsed manifests that all viewers share
}

// Run runs one scenario to its end or until ctx is done. A Result is returned
// whenever at least one viewer could have started, with the context's end noted
// in Interrupted; errors are for runs that never began.
func Run(ctx context.Context, sc scenarios.Scenario, opt Options) (*Result, error) {
	if err := sc.Validate(); err != nil {
		return nil, errors.Join(ErrConfig, err)
	}
	if opt.Virtual {
		return runVirtual(ctx, sc, opt)
	}
	if !opt.Start.IsZero() || !sc.Start.IsZero() {
		return nil, fmt.Errorf("%w: only virtual runs can start at another time than now", ErrConfig)
	}
	if opt.Only != nil {
		return nil, fmt.Errorf("%w: only virtual runs can do with some of the viewers", ErrConfig)
	}
	return runWall(ctx, sc, opt)
}
