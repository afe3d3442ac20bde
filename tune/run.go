package tune

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"soak/refresher"
)

// Options say how to look for the answer; they change nothing of it but how far it
// goes.
type Options struct {
	Shard Shard
	Parts []*Part // what other processes counted
	// Enough, when set, is asked now and then whether the time is up; it may be asked
	// from several goroutines at once. The round under way is then dropped, so that the
	// answer is one of a number of rounds, and can be had again.
	Enough func() bool
	// Progress, when set, is told of what is under way, from several goroutines, one at
	// a time.
	Progress func(Progress)
}

// Progress is a sweep seen from outside, now.
type Progress struct {
	Round       int
	Done, Of    int // samples of the round
	Cells       int // in all
	Decided     int // whose verdict is known
	PlayerHours float64
	TokenHours  float64
	Best        *Choice // so far; nil: none
}

// Run answers a question. An interrupted run has an answer too, of what was done; the
// error is of questions that cannot be answered.
func Run(ctx context.Context, c Config, opt Options) (*Result, *Part, error) {
	c = c.Filled()
	if err := errors.Join(c.Validate(), opt.Shard.Validate()); err != nil {
		return nil, nil, err
	}
	store, err := known(c, opt.Parts)
	if err != nil {
		return nil, nil, err
	}
	s, err := newSearch(ctx, c)
	if err != nil {
		return nil, nil, err
	}
	s.shard = opt.Shard
	w := &samples{search: s, opt: opt, known: store}
	err = w.rounds(ctx)
	if err != nil && ctx.Err() == nil {
		return nil, nil, err
	}
	r, failed := s.answer()
	if failed != nil {
		return nil, nil, failed
	}
	r.Interrupted = err != nil
	if !r.Interrupted && opt.Shard == (Shard{}) {
		if err := errors.Join(c.herd(ctx, r), c.outage(ctx, r)); err != nil {
			return nil, nil, err
		}
	}
	return r, w.part(c), nil
}

// herdViewers is how many viewers a herd is played with at most; more are alike.
const herdViewers = 100_000

// herd plays the herd of the recommended choice. Interrupted, the answer does without.
func (c Config) herd(ctx context.Context, r *Result) error {
	best := r.Recommended()
	if best == nil {
		return nil
	}
	p, err := calling(best.Policy, refresher.GuideHLSJS())
	if err != nil {
		return err
	}
	n := min(c.Viewers, herdViewers)
	h, err := PlayHerd(ctx, HerdConfig{
		Viewers: n, Join: c.Join, TTL: best.TTL, Lead: best.Lead, Jitter: best.Jitter,
		Limit: c.Capacity * float64(n) / float64(c.Viewers), Skew: c.Skew, Policy: p, API: c.backend().API, Seed: c.Seed,
	})
	if ctx.Err() != nil {
		r.Interrupted = true
		return nil
	}
	r.Herd = h
	return err
}

// samples takes the samples of a search, several at a time.
type samples struct {
	*search
	opt   Options
	known map[span]Tally
	taken []Sample

	mu   sync.Mutex
	done int // of this round
}

// rounds goes on until nothing is left to try, the budget is spent, or ctx is done.
func (s *samples) rounds(ctx context.Context) error {
	for !s.over() {
		cells := s.next()
		if len(cells) == 0 {
			return nil
		}
		ok, err := s.round(ctx, cells)
		if err != nil || !ok {
			return err
		}
	}
	return nil
}

// over tells whether the budget is spent.
func (s *samples) over() bool {
	b := s.Budget
	return b.Rounds > 0 && s.spent.Rounds >= b.Rounds ||
		b.ViewerHours > 0 && s.spent.PlayerHours >= b.ViewerHours || s.enough()
}

func (s *samples) enough() bool { return s.opt.Enough != nil && s.opt.Enough() }

// round tries cells one stage further. It is counted whole or not at all: ok is false
// when the time was up before.
func (s *samples) round(ctx context.Context, cells []int) (ok bool, err error) {
	var jobs []span
	var of []int // cell of each job
	for _, i := range cells {
		for _, j := range s.span(i, s.step(i)) {
			jobs, of = append(jobs, j), append(of, i)
		}
	}
	tallies, ok, err := s.take(ctx, jobs)
	if err != nil || !ok {
		return false, err
	}
	sums := map[int]Tally{}
	for n, i := range of {
		sums[i] = sums[i].add(tallies[n])
		s.taken = append(s.taken, Sample{jobs[n].Choice, jobs[n].from, jobs[n].to, tallies[n]})
	}
	for _, i := range cells {
		s.count(i, sums[i], s.step(i))
	}
	s.order()
	s.spent.Rounds++
	return true, nil
}

// span is the next viewers of a cell, up to the end of a stage, in samples of one scene
// each.
func (s *samples) span(i, stage int) (jobs []span) {
	t := &s.cells[i]
	from := 0
	if t.stage > 0 {
		from = s.stages[t.stage-1]
	}
	for to := s.stages[stage-1]; from < to; {
		end := min(to, from/perScene*perScene+perScene)
		jobs = append(jobs, span{t.Choice, from, end})
		from = end
	}
	return jobs
}

// take takes samples, as many at a time as there are cores. The first error ends all.
func (s *samples) take(ctx context.Context, jobs []span) ([]Tally, bool, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	tallies := make([]Tally, len(jobs))
	queue := make(chan int, len(jobs))
	for n := range jobs {
		queue <- n
	}
	close(queue)
	s.done = 0
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(jobs)) {
		all.Go(func() {
			for n := range queue {
				var err error
				if tallies[n], err = s.one(ctx, jobs[n]); err != nil {
					cancel(err)
					return
				}
				s.tell(len(jobs))
			}
		})
	}
	all.Wait()
	err := context.Cause(ctx)
	if errors.Is(err, errEnough) {
		return nil, false, nil
	}
	return tallies, err == nil, err
}

// errEnough ends a round when the time is up.
var errEnough = errors.New("time is up")

// one takes a sample, or has it already.
func (s *samples) one(ctx context.Context, j span) (Tally, error) {
	if err := context.Cause(ctx); err != nil {
		return Tally{}, err
	}
	if t, ok := s.known[j]; ok {
		return t, nil
	}
	if s.enough() {
		return Tally{}, errEnough
	}
	return s.sample(ctx, j.Choice, j.from, j.to)
}

// tell tells how far the round has come.
func (s *samples) tell(of int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done++
	if s.opt.Progress == nil {
		return
	}
	p := Progress{
		Round: s.spent.Rounds + 1, Done: s.done, Of: of, Cells: len(s.cells), Decided: s.decided(),
		PlayerHours: s.spent.PlayerHours, TokenHours: s.spent.TokenHours,
	}
	if i := s.best(); i >= 0 {
		p.Best = &s.cells[i].Choice
	}
	s.opt.Progress(p)
}

// decided counts the cells whose verdict is known.
func (s *search) decided() (n int) {
	for i := range s.cells {
		if s.cells[i].Verdict != Undecided {
			n++
		}
	}
	return n
}
