package tune

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"soak/loop"
	"soak/qoe"
	"soak/refresher"
	"soak/token"
)

// Control plays cycles with a refresher and paced requests, to be held against what
// [Cycle.Expired] computes. Retries, timeouts and floors are those of Policy; the
// cycle's own are not looked at.
type Control struct {
	Cycle  Cycle            `json:"cycle"`
	Policy refresher.Policy `json:"policy"`
	Cycles int              `json:"cycles"` // how many are wanted, 1 or more
	Seed   uint64           `json:"seed"`
}

// Count is what a control saw.
type Count struct {
	Cycles  int `json:"cycles"`
	Expired int `json:"expired"` // cycles in which an edge refused a request, or broke one off
}

// perViewer is how many cycles a viewer lives through. Expiries are whole seconds, so
// one viewer whose requests are whole seconds apart meets few phases of the two.
const perViewer = 20

// Run plays the cycles in virtual time. The error is the context's, or names what is
// wrong with the cycle or the policy.
func (c Control) Run(ctx context.Context) (Count, error) {
	if err := c.Cycle.Validate(); err != nil {
		return Count{}, err
	}
	if err := c.Policy.Validate(); err != nil {
		return Count{}, err
	}
	var sum Count
	patience := (perViewer + 1) * c.Cycle.Length()
	for viewer := uint64(0); sum.Cycles < c.Cycles; viewer++ {
		got, err := c.view(ctx, viewer, patience)
		sum.Cycles += got.Cycles
		sum.Expired += got.Expired
		if err != nil {
			return sum, fmt.Errorf("control: %w", err)
		}
	}
	return sum, nil
}

// view plays one viewer, with another span of patience as long as cycles are missing.
func (c Control) view(ctx context.Context, viewer uint64, patience time.Duration) (Count, error) {
	world := loop.NewWorld(epoch)
	stream := func(part uint64) *rand.Rand { return rand.New(rand.NewPCG(c.Seed, viewer<<2|part)) }
	v := &paced{Control: c, loop: world.Loop(), calls: stream(0), requests: stream(1)}
	policy := c.Policy.WithLead(c.Cycle.Lead)
	v.refresher = refresher.New(&policy, behind{v.loop, c.Cycle.Skew}, v, stream(2), nil)
	v.loop.Post(v.begin)
	for end := epoch; v.count.Cycles < perViewer; {
		end = end.Add(patience)
		before := v.count.Cycles
		if err := world.Run(ctx, end); err != nil {
			return v.count, err
		}
		if v.count.Cycles == before {
			return v.count, fmt.Errorf("policy %s brought no new token within %v", v.Policy.Name, patience)
		}
	}
	return v.count, nil
}

// epoch is where a control's time starts: ten digits of seconds, as the guide's
// pattern for expiry stamps wants.
var epoch = time.Unix(1_800_000_000, 0).UTC()

// paced is one viewer who asks for something every so often.
type paced struct {
	Control
	loop      *loop.Virtual
	refresher *refresher.Refresher
	calls     *rand.Rand
	requests  *rand.Rand
	held      token.Grant
	expired   bool // a request of this cycle was
	count     Count
}

func (v *paced) begin() {
	v.refresher.Start(func(refresher.Answer) {
		v.held = v.refresher.Grant()
		v.loop.After(time.Duration(v.requests.Int64N(int64(v.Cycle.Every))), v.request)
	})
}

// request asks with whatever token is in force, and counts a cycle when it is new.
func (v *paced) request() {
	if v.count.Cycles == perViewer { // more would favour short cycles
		return
	}
	v.loop.After(v.Cycle.Every, v.request)
	if g := v.refresher.Grant(); g != v.held {
		v.count.Cycles++
		if v.expired {
			v.count.Expired++
		}
		v.held, v.expired = g, false
	}
	arrival := v.loop.Now().Add(v.Cycle.Travel - v.Cycle.Grace)
	if v.Cycle.Whole {
		arrival = arrival.Add(v.Cycle.Transfer.Draw(v.requests))
	}
	if token.Strict.Expired(v.held.Expires, arrival) {
		v.expired = true
	}
}

// Call implements refresher.Source: tokens are made when the answer leaves.
func (v *paced) Call(n int, done func(refresher.Answer)) func(qoe.Failure) {
	law := v.Cycle.Law
	latency, fails := law.Latency.Draw(v.calls), v.calls.Float64() < law.Failures
	if n == 1 { // cycles begin with a token
		latency, fails = 0, false
	}
	timer := v.loop.After(latency, func() {
		now := v.loop.Now()
		if fails {
			done(refresher.Answer{Status: 503, Failure: qoe.StatusFailure, Start: now.Add(-latency), End: now})
			return
		}
		g := token.Grant{Token: fmt.Sprintf("token%022d", n), Expires: now.Add(v.Cycle.TTL).Unix()}
		done(refresher.Answer{Grant: g, TokenIP: g.Token, Status: 200, Start: now.Add(-latency), End: now})
	})
	return func(qoe.Failure) { timer.Stop() }
}

// behind is a viewer's clock that is slow.
type behind struct {
	*loop.Virtual
	by time.Duration
}

// Now implements refresher.Clock.
func (b behind) Now() time.Time { return b.Virtual.Now().Add(-b.by) }

// True implements refresher.TrueClock.
func (b behind) True() time.Time { return b.Virtual.Now() }
