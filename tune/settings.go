package tune

import (
	"fmt"
	"strings"

	"soak/refresher"
)

// advice is a cell as settings of the guide's integrations.
func (s *search) advice(t *trial) (Advice, error) {
	guide, err := t.policyOf(refresher.GuideHLSJS())
	if err != nil {
		return Advice{}, err
	}
	a := Advice{
		TTL: t.TTL, Lead: t.Lead, Jitter: t.Jitter, Timeout: Seconds(guide.Timeout), Retry: Seconds(guide.Retry),
		Share: 100 * float64(t.Lead) / float64(t.TTL),
	}
	a.Why = fmt.Sprintf("what a lead must outlast is the wait for a token: %s of it here, whether tokens live a minute or an hour. 20-30 %% of a TTL of %s would be %s to %s.",
		t.Lead.Words(), t.TTL.Words(), (t.TTL / 5).Words(), (t.TTL * 3 / 10).Words())
	page := script{a, guide}
	a.Settings = []Setting{
		{"hls.js", page.guide()},
		{"dash.js", page.guide()},
		{"Gcore plugin", page.plugin()},
	}
	return a, nil
}

// script writes settings as they stand in a page.
type script struct {
	Advice
	policy refresher.Policy
}

func (p script) lines(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func (p script) url() string {
	return fmt.Sprintf("const TOKEN_API_URL = 'https://…/token?video=…&type=live&expire=%.0f'", p.TTL.Duration().Seconds())
}

// fetch is the guide's fetch, given up in time.
func (p script) fetch() string {
	if p.Timeout == 0 {
		return "const res = await fetch(TOKEN_API_URL)"
	}
	return fmt.Sprintf("const res = await fetch(TOKEN_API_URL, { signal: AbortSignal.timeout(%d) })", p.Timeout.Duration().Milliseconds())
}

// retry is the guide's wait after a failure.
func (p script) retry() string {
	if p.policy.RetryFactor > 1 {
		return fmt.Sprintf("refreshTimer = setTimeout(doRefresh, Math.min(%d, %d * %g ** failures++) * (1 - %g * Math.random())) // failures = 0 after a success",
			p.policy.RetryMax.Milliseconds(), p.Retry.Duration().Milliseconds(), p.policy.RetryFactor, p.policy.RetryJitter)
	}
	return fmt.Sprintf("refreshTimer = setTimeout(doRefresh, %d)", p.Retry.Duration().Milliseconds())
}

// lead is the guide's schedule, jittered.
func (p script) lead() string {
	if p.Jitter == 0 {
		return fmt.Sprintf("const LEAD_SECONDS = %g", p.Lead.Duration().Seconds())
	}
	return fmt.Sprintf("const LEAD_SECONDS = %g + %g * Math.random() // in scheduleRefresh, anew each time", p.Lead.Duration().Seconds(), p.Jitter.Duration().Seconds())
}

// guide is for the guide's own samples, of hls.js and dash.js alike.
func (p script) guide() string {
	return p.lines(
		p.url(),
		p.lead(),
		"// in fetchToken:",
		p.fetch(),
		"// in doRefresh, after a failure:",
		p.retry(),
	)
}

// plugin is for TokenRefreshPlugin, whose retry is its own: once a second.
func (p script) plugin() string {
	lead := fmt.Sprintf("  refreshLeadSeconds: %g,", p.Lead.Duration().Seconds())
	if p.Jitter > 0 {
		lead = fmt.Sprintf("  refreshLeadSeconds: %g + %g * Math.random(), // one draw a viewer", p.Lead.Duration().Seconds(), p.Jitter.Duration().Seconds())
	}
	return p.lines(
		p.url(),
		"// in getToken:",
		p.fetch(),
		"tokenRefresh: {",
		"  getToken,",
		lead,
		"}",
	)
}
