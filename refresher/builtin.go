package refresher

import (
	"fmt"
	"strings"
	"time"
)

// Policies are the built-in policies.
func Policies() []Policy {
	return []Policy{GuideHLSJS(), GuideDASHJS(), GcorePlugin(), Steady()}
}

// Builtin is the built-in policy of that name.
func Builtin(name string) (Policy, error) {
	var names []string
	for _, p := range Policies() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Policy{}, fmt.Errorf("policy %q is not known: use %s", name, strings.Join(names, ", "))
}

// GuideHLSJS is the guide's hls.js sample: call max(1 s, expires - now - 10 s)
// from now, 5 s after a failure, for ever, with no timeout; whatever came is
// installed. The retry's timer is not kept (H35), answers may overtake each other
// (H37), and a first call that fails is the end (H39).
func GuideHLSJS() Policy {
	lead := 10 * time.Second
	return Policy{
		Name: "guide-hlsjs", Hook: LoaderHook, Rewrite: RewriteAny, Seed: SeedAnswer,
		Lead: &lead, Floor: time.Second, Retry: 5 * time.Second,
		Overlap: true, LooseRetry: true, Refusal: IgnoreRefusal,
	}
}

// GuideDASHJS is the guide's dash.js sample: the same scheduler behind another hook.
func GuideDASHJS() Policy {
	p := GuideHLSJS()
	p.Name, p.Hook = "guide-dashjs", ModifyRequestHook
	return p
}

// GcorePlugin is TokenRefreshPlugin of @gcorevideo/player 2.30.10: lead 5 s; after
// a failure it schedules by the old expiry, so once a second; it starts only if
// the source URL holds a pair of the guide's form, and replaces only that pair.
func GcorePlugin() Policy {
	lead := 5 * time.Second
	return Policy{
		Name: "gcore-plugin", Hook: PlaybackHook, Rewrite: RewriteOriginal, Seed: SeedURL,
		Lead: &lead, Floor: time.Second,
		Overlap: true, Refusal: IgnoreRefusal,
	}
}

// Steady is the policy we would run. Its lead is 30 % of the grant's life, the
// upper end of the guide's rule of thumb, plus up to a fifth; a call may take a
// third of the lead; failures back off from half a second to eight, jittered.
func Steady() Policy {
	return Policy{
		Name: "steady", Hook: TransportHook, Rewrite: RewriteAny, Seed: SeedAnswer,
		LeadShare: 0.3, LeadJitter: 0.2, Floor: time.Second,
		Retry: 500 * time.Millisecond, RetryFactor: 2, RetryMax: 8 * time.Second, RetryJitter: 0.5,
		RetryAfter: true, FirstTries: 5,
		Timeout: 10 * time.Second, TimeoutShare: 1.0 / 3,
		Sane: true, ServerClock: true, Refusal: RefreshRefusal,
	}
}
