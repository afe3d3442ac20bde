package reports

import "soak/scenarios"

// Decision is what a run came to.
type Decision string

// The decisions.
const (
	Pass        Decision = "pass"
	Fail        Decision = "fail"        // a threshold was missed
	Invalid     Decision = "invalid"     // the generator was the bottleneck, or nobody watched: the figures mean nothing
	Interrupted Decision = "interrupted" // ended by hand; the figures cover what was
)

// Verdict is a decision and what led to it, one line each.
type Verdict struct {
	Decision Decision `json:"decision"`
	Reasons  []string `json:"reasons"`
}

// Judge decides. An interrupted run decides nothing, and a saturated generator
// makes passing and failing alike meaningless; only then do thresholds count. The
// reasons of all three are kept whichever decides.
func Judge(viewers int64, outcomes []scenarios.Outcome, saturated []string, interrupted bool) Verdict {
	v := Verdict{Decision: Pass, Reasons: []string{}}
	for _, o := range outcomes {
		if !o.OK {
			v.Decision = Fail
			v.Reasons = append(v.Reasons, "missed "+o.Text)
		}
	}
	if viewers == 0 {
		saturated = append([]string{"no viewer arrived: there is nothing to judge"}, saturated...)
	}
	if len(saturated) > 0 {
		v.Decision = Invalid
		v.Reasons = append(saturated[:len(saturated):len(saturated)], v.Reasons...)
	}
	if interrupted {
		v.Decision = Interrupted
		v.Reasons = append([]string{"stopped by hand before its end; the figures cover what was"}, v.Reasons...)
	}
	return v
}
