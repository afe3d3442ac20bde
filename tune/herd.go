package tune

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"time"

	"soak/lab"
	"soak/loop"
	"soak/qoe"
	"soak/refresher"
)

// HerdConfig is an audience that comes together and so asks for its tokens together:
//
//	arrivals  ▂▂▂▂▂                     ▂▂▂▂▂ a TTL - lead later, were it not that
//	refreshes        …                  █ █ █ expiries are whole seconds
type HerdConfig struct {
	Viewers int
	Join    Seconds // they come evenly over this
	TTL     Seconds
	Lead    Seconds
	// Jitter is played against none. 0 = the least in whole seconds that is reckoned to
	// keep every second within Limit.
	Jitter Seconds
	// Limit is how many refreshes a second the token API is meant to bear. 0 = three
	// times their mean.
	Limit float64
	// Skew is how far viewers' clocks are off, drawn evenly from behind to ahead.
	Skew   Seconds
	Policy refresher.Policy // its lead and jitter are not looked at
	API    lab.API          // how the token API answers
	Seed   uint64
}

// waves is how often a herd is let come back. The first is the densest: jitter adds up.
const waves = 4

// PlayHerd counts the refreshes of an audience in virtual time: the refreshers that
// real runs use and the lab's token API, with nothing between them, and no player.
func PlayHerd(ctx context.Context, c HerdConfig) (*Herd, error) {
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("herd: %w", err)
	}
	h := &Herd{Viewers: c.Viewers, Join: c.Join, TTL: c.TTL, Lead: c.Lead, Skew: c.Skew, Limit: c.Limit}
	crowd, err := c.play(ctx, 0, 0)
	if err != nil {
		return nil, err
	}
	h.Plain = crowd.curve(0)
	if h.Limit == 0 {
		h.Limit = 3 * h.Plain.Mean
	}
	spread := crowd.summary().Spread(h.Limit, c.period())
	jitter := c.Jitter
	if jitter == 0 && c.Lead > 0 { // policies have it as a share of the lead
		jitter = Seconds(spread.Jitter)
	}
	h.Enough = spread.Enough && (jitter > 0 || !spread.Needed)
	if crowd, err = c.play(ctx, jitter, 0); err != nil {
		return nil, err
	}
	h.Advised = crowd.curve(jitter)
	if c.Skew > 0 {
		if crowd, err = c.play(ctx, 0, c.Skew); err != nil {
			return nil, err
		}
		h.Skewed = crowd.curve(0)
	}
	return h, nil
}

func (c HerdConfig) period() time.Duration { return (c.TTL - c.Lead).Duration() }

// length is whole periods: the mean is over as many as there are waves.
func (c HerdConfig) length() time.Duration {
	return c.period() * (1 + waves + c.Join.Duration()/c.period())
}

func (c HerdConfig) validate() error {
	switch {
	case c.Viewers < 1:
		return fmt.Errorf("%d viewers: use 1 or more", c.Viewers)
	case c.Jitter > 0 && c.Lead == 0:
		return fmt.Errorf("jitter %v: policies have it as a share of the lead, which is 0s", c.Jitter)
	case c.Join < 0 || c.Skew < 0 || c.Jitter < 0 || !(c.Limit >= 0):
		return fmt.Errorf("join %v, skew %v, jitter %v, limit %v: none may be negative", c.Join, c.Skew, c.Jitter, c.Limit)
	case c.Lead < 0 || c.period() < time.Second:
		return fmt.Errorf("lead %v of ttl %v: use 0s or more, and a second or more less than the ttl", c.Lead, c.TTL)
	}
	if err := c.Policy.Validate(); err != nil {
		return err
	}
	return lab.Config{API: c.API}.Validate()
}

// play lets all viewers come and refresh.
func (c HerdConfig) play(ctx context.Context, jitter, skew Seconds) (*crowd, error) {
	site, err := lab.New(lab.Config{API: c.API}, c.Seed, epoch)
	if err != nil {
		return nil, err
	}
	policy := c.Policy.WithLead(c.Lead.Duration())
	policy.Seed = refresher.SeedAnswer // there is no URL here to take the first token from
	policy.LeadJitter = 0
	if jitter > 0 {
		policy.LeadJitter = float64(jitter) / float64(c.Lead)
	}
	world := loop.NewWorld(epoch)
	length := c.length()
	seen := &crowd{windows: make([]int64, length/window)}
	query := fmt.Sprintf("video=herd&type=live&expire=%d", int64(c.TTL.Duration()/time.Second))
	viewers := make([]*caller, c.Viewers)
	for i := range viewers {
		v := &caller{loop: world.Loop(), lab: site, query: query, viewer: i}
		rng := rand.New(rand.NewPCG(c.Seed, uint64(i)))
		clock := behind{v.loop, time.Duration((2*rng.Float64() - 1) * float64(skew))}
		v.refresher = refresher.New(&policy, clock, v, rng, seen.add)
		v.loop.After(c.Join.Duration()*time.Duration(i)/time.Duration(c.Viewers), v.come)
		viewers[i] = v
	}
	if err := world.Run(ctx, epoch.Add(length)); err != nil {
		return nil, fmt.Errorf("herd: %w", err)
	}
	for _, v := range viewers {
		v.refresher.Stop() // calls under way are told of
	}
	return seen, nil
}

// caller is a viewer without a player.
type caller struct {
	loop      *loop.Virtual
	lab       *lab.Lab
	query     string
	viewer    int
	refresher *refresher.Refresher
}

func (v *caller) come() { v.refresher.Start(func(refresher.Answer) {}) }

// Call implements refresher.Source. The backend's queue is shared, so calls are made in
// order of time.
func (v *caller) Call(n int, done func(refresher.Answer)) func(qoe.Failure) {
	start, given := v.loop.Now(), false
	v.loop.Share(0, func() {
		a := v.lab.Token(lab.Request{RawQuery: v.query, ClientIP: "127.0.0.1", Viewer: v.viewer, Call: n}, v.loop.Now())
		if a.Hang {
			return
		}
		v.loop.After(a.Delay, func() {
			if !given {
				done(read(a, start, v.loop.Now()))
			}
		})
	})
	return func(qoe.Failure) { given = true }
}

func read(a lab.Answer, start, now time.Time) refresher.Answer {
	if a.Refused || a.Reset {
		return refresher.Answer{Failure: qoe.RefusedFailure, Start: start, End: now}
	}
	header := http.Header{"Date": {a.Date.UTC().Format(http.TimeFormat)}}
	for _, f := range a.Header {
		header.Set(f.Name, f.Value)
	}
	answer := refresher.ReadAnswer(a.Status, header, a.Body(), refresher.Fields{})
	answer.Start, answer.End = start, now
	return answer
}

// window is what a burst is counted in.
const window = 10 * time.Millisecond

// around is how much of a curve is shown by windows, before the fullest and after it.
const around = 2 * time.Second

// crowd is refreshes by window. First calls are left out: nothing in a player can
// spread these.
type crowd struct{ windows []int64 }

func (c *crowd) add(s qoe.Sample) {
	r, ok := s.(qoe.Refresh)
	if !ok || r.Reason == qoe.FirstToken {
		return
	}
	if i := int(r.Start.Sub(epoch) / window); i >= 0 && i < len(c.windows) {
		c.windows[i]++
	}
}

const perSecond = int(time.Second / window)

// seconds is the same by whole second; the last, which is none, is left out.
func (c *crowd) seconds() []int64 {
	by := make([]int64, len(c.windows)/perSecond)
	for i := range by {
		for _, n := range c.windows[i*perSecond : (i+1)*perSecond] {
			by[i] += n
		}
	}
	return by
}

// summary is what a run's would be whose calls these are.
func (c *crowd) summary() *qoe.Summary {
	t := qoe.Timeline{Seconds: 1}
	for _, n := range c.seconds() {
		t.Buckets = append(t.Buckets, qoe.Bucket{TokenCalls: n})
	}
	return &qoe.Summary{Timeline: t}
}

func (c *crowd) curve(jitter Seconds) Curve {
	h := c.summary().Herd()
	out := Curve{Jitter: jitter, Second: c.seconds(), Mean: h.Mean, Peak1s: h.Factor}
	full := slices.Max(c.windows)
	at := slices.Index(c.windows, full)
	if h.Mean > 0 {
		out.Peak10ms = float64(full) / (h.Mean * window.Seconds())
	}
	from := max(0, at-int(around/window))
	out.BurstFrom = Seconds(time.Duration(from) * window)
	out.Burst = slices.Clone(c.windows[from:min(len(c.windows), at+int(around/window))])
	return out
}
