package refresher

import (
	"fmt"
	"strings"
	"time"
)

// Policies are the built-in policies.
func Policies() []Policy {
	return []Policy{GuideHLSJS(), GuideHLSJSXHR(), GuideDASHJS(), GuideDASHJS5(), GcorePlugin(), GcoreSW(), Steady()}
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

// GuideHLSJSXHR is the guide's hls.js sample with its rewriting moved to xhrSetup,
// where it does no harm to keys and is done anew for every attempt.
func GuideHLSJSXHR() Policy {
	p := GuideHLSJS()
	p.Name, p.Hook = "guide-hlsjs-xhr", XHRSetupHook
	return p
}

// GuideDASHJS is the guide's dash.js sample: the same scheduler behind another hook.
func GuideDASHJS() Policy {
	p := GuideHLSJS()
	p.Name, p.Hook = "guide-dashjs", ModifyRequestHook
	return p
}

// GuideDASHJS5 is the guide's dash.js sample as dash.js 5 wants it: the rewriting
// stands in a request interceptor.
func GuideDASHJS5() Policy {
	p := GuideDASHJS()
	p.Name, p.Hook = "guide-dashjs5", InterceptorHook
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

// GcoreSW is the plugin's scheduler feeding the service worker of the repository's
// example (example/token-refresh-sw.js), which replaces whatever pair looks like
// one, and no loader.
func GcoreSW() Policy {
	p := GcorePlugin()
	p.Name, p.Hook, p.Rewrite = "gcore-sw", ServiceWorkerHook, RewriteAny
	return p
}

// Steady is the policy we would run. Its lead is 30 % of the grant's life, the
// upper end of the guide's rule of thumb, plus up to a fifth; a call may take a
// third of the lead; failures back off from half a second to eight, jittered, but
// not beyond a third of the time that is left.
func Steady() Policy {
	return Policy{
		Name: "steady", Hook: TransportHook, Rewrite: RewriteIssued, Seed: SeedAnswer,
		LeadShare: 0.3, LeadJitter: 0.2, Floor: time.Second,
		Retry: 500 * time.Millisecond, RetryFactor: 2, RetryMax: 8 * time.Second, RetryJitter: 0.5, RetryShare: 1.0 / 3,
		RetryAfter: true, FirstTries: 5,
		Timeout: 10 * time.Second, TimeoutShare: 1.0 / 3,
		Sane: true, ServerClock: true, Refusal: RefreshRefusal,
	}
}
