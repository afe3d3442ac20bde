package scenarios

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/vm"

	"soak/qoe"
)

// Threshold is a condition on a run's metrics (qoe.Names lists them) that must be
// true at the end:
//
//	refused_requests == 0
//	viewers_noticed < 0.1% and p(refresh_latency, 99) < 2s
//	refused{kind="segment"} == 0
//	token_api_peak < 500/s
//	startup_seconds: p(95)<200ms      # k6's way of writing it
//
// In a file it is such a text, or a mapping with expr and what else there is.
type Threshold struct {
	Expr string `yaml:"expr" json:"expr"`
	// Cohort is the name of the cohort it speaks of. Empty: all viewers.
	Cohort string `yaml:"cohort,omitempty" json:"cohort,omitempty"`
	// AbortOnFail ends the run as soon as the condition does not hold. It is looked
	// at once a second; what has not been measured yet cannot fail.
	AbortOnFail bool `yaml:"abortOnFail,omitempty" json:"abortOnFail,omitempty"`
	// After is the scenario time before which AbortOnFail does not look. 0s: from
	// the start.
	After time.Duration `yaml:"after,omitempty" json:"after,omitempty"`
}

// Outcome is what became of a Threshold.
type Outcome struct {
	Expr   string `json:"expr"`
	Cohort string `json:"cohort,omitempty"`
	OK     bool   `json:"ok"`
	// Values are the metrics the expression reads, named in full; one that was never
	// measured is absent.
	Values map[string]float64 `json:"values"`
	Text   string             `json:"text"` // one line: "refused_requests == 0: refused_requests is 14"
}

// String is the threshold as one writes it in a file.
func (t Threshold) String() string {
	if t.Cohort == "" {
		return t.Expr
	}
	return t.Expr + " (" + t.Cohort + ")"
}

const (
	maxExprNodes  = 500
	exprMemory    = 10_000 // elements that ranges, lists and strings may take
	maxExprLength = 1000
)

// Evaluate tells whether the condition holds. A condition that needs a metric
// which was never measured does not hold: a startup time that nobody lived
// through is not below three seconds. The error is for an expression that is no
// condition.
func (t Threshold) Evaluate(s *qoe.Summary) (Outcome, error) {
	c, err := t.condition()
	if err != nil {
		return Outcome{}, err
	}
	out, _, err := c.evaluate(s)
	return out, err
}

// condition is a threshold ready to be judged.
type condition struct {
	Threshold
	program *vm.Program
	reads   map[string]qoe.Figure // by the name that the program has for it
}

// evaluate judges; measured tells whether all that the condition reads was.
func (c *condition) evaluate(s *qoe.Summary) (out Outcome, measured bool, err error) {
	out = Outcome{Expr: c.Expr, Cohort: c.Cohort, Values: make(map[string]float64)}
	env := make(map[string]any, len(c.reads))
	missing, found := make(map[string]string), make(map[string]string)
	of := c.values(s)
	for name, figure := range c.reads {
		full := figure.Name.Name
		v, ok := of(figure)
		if !ok {
			missing[full] = full
			continue
		}
		env[name], out.Values[full] = v, v
		found[full] = fmt.Sprintf("%s is %s", full, strconv.FormatFloat(v, 'g', 6, 64))
	}
	if len(missing) > 0 {
		out.Text = fmt.Sprintf("%s: %s was never measured", c, strings.Join(inOrder(missing), " and "))
		return out, false, nil
	}
	out.OK, err = run(c.program, env)
	out.Text = fmt.Sprintf("%s: %s", c, strings.Join(inOrder(found), ", "))
	if len(found) == 0 {
		out.Text = c.String()
	}
	return out, true, err
}

// inOrder is the texts in alphabetical order of their keys.
func inOrder(texts map[string]string) (list []string) {
	keys := make([]string, 0, len(texts))
	for key := range texts {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range keys {
		list = append(list, texts[key])
	}
	return list
}

// values is how to ask for the figures of those spoken of.
func (c *condition) values(s *qoe.Summary) func(qoe.Figure) (float64, bool) {
	if c.Cohort == "" {
		return func(f qoe.Figure) (float64, bool) { return f.Of(s) }
	}
	var sum qoe.Tally
	for i := range s.Cohorts {
		if s.Cohorts[i].Cohort == c.Cohort {
			sum.Merge(&s.Cohorts[i].Tally)
		}
	}
	return func(f qoe.Figure) (float64, bool) { return f.OfGroup(&sum) }
}

func run(program *vm.Program, env map[string]any) (bool, error) {
	machine := vm.VM{MemoryBudget: exprMemory}
	result, err := machine.Run(program, env)
	if err != nil {
		return false, fmt.Errorf("threshold cannot be computed: %w", err)
	}
	ok, _ := result.(bool) // AsBool was checked at compile time
	return ok, nil
}
