package scenarios

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"soak/qoe"
)

// Threshold is a condition on a run's metrics (qoe.Names lists them) that must be
// true at the end:
//
//	refused_requests == 0
//	startup_seconds_p95 < 3 and noticed_ratio <= 0.01
//	startup_seconds: p(95)<3          # k6's way of writing it
//
// In a file it is such a text, or a mapping with expr and cohort.
type Threshold struct {
	Expr string `yaml:"expr" json:"expr"`
	// Cohort is the name of the cohort it speaks of. Empty: all viewers.
	Cohort string `yaml:"cohort,omitempty" json:"cohort,omitempty"`
}

// Outcome is what became of a Threshold.
type Outcome struct {
	Expr   string `json:"expr"`
	Cohort string `json:"cohort,omitempty"`
	OK     bool   `json:"ok"`
	// Values are the metrics the expression reads; one that was never measured is
	// absent.
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
	program, used, err := t.compile()
	if err != nil {
		return Outcome{}, err
	}
	out := Outcome{Expr: t.Expr, Cohort: t.Cohort, Values: make(map[string]float64)}
	metrics := t.metricsOf(s)
	var missing, found []string
	for _, name := range used {
		v, ok := metrics[name]
		if !ok {
			missing = append(missing, name)
			continue
		}
		out.Values[name] = v
		found = append(found, fmt.Sprintf("%s is %s", name, strconv.FormatFloat(v, 'g', 6, 64)))
	}
	if len(missing) > 0 {
		out.Text = fmt.Sprintf("%s: %s was never measured", t, strings.Join(missing, " and "))
		return out, nil
	}
	out.OK, err = run(program, metrics)
	out.Text = fmt.Sprintf("%s: %s", t, strings.Join(found, ", "))
	if len(found) == 0 {
		out.Text = t.String()
	}
	return out, err
}

// metricsOf are the metrics of the cohort spoken of.
func (t Threshold) metricsOf(s *qoe.Summary) map[string]float64 {
	if t.Cohort == "" {
		return s.Metrics()
	}
	var sum qoe.Tally
	for i := range s.Cohorts {
		if s.Cohorts[i].Cohort == t.Cohort {
			sum.Merge(&s.Cohorts[i].Tally)
		}
	}
	return sum.Metrics()
}

func run(program *vm.Program, metrics map[string]float64) (bool, error) {
	machine := vm.VM{MemoryBudget: exprMemory}
	env := make(map[string]any, len(metrics))
	for name, v := range metrics {
		env[name] = v
	}
	result, err := machine.Run(program, env)
	if err != nil {
		return false, fmt.Errorf("threshold cannot be computed: %w", err)
	}
	ok, _ := result.(bool) // AsBool was checked at compile time
	return ok, nil
}

// compile checks the expression against the metrics there are and lists those
// that it reads, in alphabetical order.
func (t Threshold) compile() (*vm.Program, []string, error) {
	if len(t.Expr) > maxExprLength {
		return nil, nil, fmt.Errorf("threshold is %d bytes long, at most %d are read", len(t.Expr), maxExprLength)
	}
	text, err := desugar(t.Expr)
	if err != nil {
		return nil, nil, err
	}
	reads := &reader{names: make(map[string]bool)}
	env := metricTypes(t.Cohort == "")
	options := []expr.Option{expr.Env(env), expr.AsBool(), expr.MaxNodes(maxExprNodes), expr.Optimize(false), expr.Patch(reads), expr.DisableAllBuiltins()}
	for _, name := range []string{"abs", "ceil", "floor", "max", "min", "round"} {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(text, options...)
	if err != nil {
		return nil, nil, explain(err, env)
	}
	return program, reads.among(env), nil
}

// metricTypes is the environment that expressions are checked against: every
// metric, a number. Those that need the timeline exist for the whole run only.
func metricTypes(whole bool) map[string]any {
	env := make(map[string]any)
	for _, n := range qoe.Names() {
		if whole || !strings.HasPrefix(n.Name, "token_peak") && !strings.HasPrefix(n.Name, "token_mean") {
			env[n.Name] = 0.0
		}
	}
	return env
}

var unknownName = regexp.MustCompile(`unknown name (\w+)`)

// explain adds the nearest metric's name to an error about an unknown one. The
// compiler's error has an excerpt and a caret.
func explain(err error, env map[string]any) error {
	m := unknownName.FindStringSubmatch(err.Error())
	if m == nil {
		return fmt.Errorf("threshold is not a condition: %w", err)
	}
	names := make([]string, 0, len(env))
	for name := range env {
		names = append(names, name)
	}
	slices.Sort(names)
	hint := "soak help metrics lists them"
	if near := nearest(m[1], names); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return fmt.Errorf("threshold names no metric: %w\n%s", err, hint)
}

// reader notes the names that an expression reads.
type reader struct{ names map[string]bool }

func (r *reader) Visit(node *ast.Node) {
	if id, ok := (*node).(*ast.IdentifierNode); ok {
		r.names[id.Value] = true
	}
}

func (r *reader) among(env map[string]any) (names []string) {
	for name := range r.names {
		if _, ok := env[name]; ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// k6 writes metric: aggregate operator number.
var (
	sugared   = regexp.MustCompile(`^\s*([a-z][a-z0-9_]*)\s*:\s*(.+)$`)
	condition = regexp.MustCompile(`^\s*(p\(\s*[0-9.]+\s*\)|med|min|max|count|rate|value)\s*(<=|>=|===|==|!=|<|>)\s*([-+0-9.eE]+)\s*$`)
)

// desugar turns k6's form into an expression and leaves any other text as it is.
func desugar(text string) (string, error) {
	m := sugared.FindStringSubmatch(text)
	if m == nil {
		return text, nil
	}
	c := condition.FindStringSubmatch(m[2])
	if c == nil {
		return "", fmt.Errorf("threshold %q: after the colon write an aggregate, an operator and a number: p(95)<3, max<1, count==0", text)
	}
	if _, err := strconv.ParseFloat(c[3], 64); err != nil {
		return "", fmt.Errorf("threshold %q: %q is not a number", text, c[3])
	}
	name, err := aggregate(m[1], c[1])
	if err != nil {
		return "", fmt.Errorf("threshold %q: %w", text, err)
	}
	op := c[2]
	if op == "===" {
		op = "=="
	}
	return fmt.Sprintf("%s %s %s", name, op, c[3]), nil
}

// aggregate is the flat metric that k6's metric and aggregate stand for.
func aggregate(metric, agg string) (string, error) {
	suffix := "_" + agg
	switch inner, ok := strings.CutPrefix(agg, "p("); {
	case ok:
		p, err := strconv.ParseFloat(strings.TrimSpace(strings.TrimSuffix(inner, ")")), 64)
		if err != nil || p != math.Trunc(p) {
			return "", fmt.Errorf("%s is not a percentile that is measured", agg)
		}
		suffix = fmt.Sprintf("_p%02.0f", p)
	case agg == "med":
		suffix = "_p50"
	case agg == "count" || agg == "rate" || agg == "value":
		suffix = ""
	}
	flat := metric + suffix
	var near []string
	for _, n := range qoe.Names() {
		if n.Name == flat {
			return flat, nil
		}
		if strings.HasPrefix(n.Name, metric+"_") {
			near = append(near, n.Name)
		}
	}
	if len(near) == 0 {
		return flat, nil // the compiler names the nearest metric
	}
	return "", fmt.Errorf("%s of %s is not measured; there are %s", agg, metric, strings.Join(near, ", "))
}
