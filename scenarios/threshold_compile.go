package scenarios

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"soak/qoe"
)

// wrong is what is wrong with a threshold's expression, and where.
type wrong struct {
	typed         string
	at            int // byte of typed
	problem, hint string
}

// Error is the problem, the line that was typed with a caret below, and the hint.
func (w *wrong) Error() string {
	text := "threshold: " + w.problem + w.excerpt()
	if w.hint != "" {
		text += "\n" + w.hint
	}
	return text
}

func (w *wrong) excerpt() string {
	before := w.typed[:min(w.at, len(w.typed))]
	line, column := strings.Count(before, "\n"), len([]rune(before[strings.LastIndexByte(before, '\n')+1:]))
	return excerptOf([]byte(w.typed), line+1, column+1)
}

// condition checks the expression against the metrics there are. Its errors are
// all *wrong.
func (t Threshold) condition() (*condition, error) {
	p := &phrase{of: t, typed: t.Expr, reads: make(map[string]qoe.Figure)}
	if len(t.Expr) > maxExprLength {
		return nil, p.wrong(maxExprLength, fmt.Sprintf("is %d bytes long, at most %d are read", len(t.Expr), maxExprLength), "")
	}
	if err := p.translate(); err != nil {
		return nil, err
	}
	env := make(map[string]any)
	for name := range p.reads {
		env[name] = 0.0
	}
	options := []expr.Option{expr.Env(env), expr.AsBool(), expr.MaxNodes(maxExprNodes), expr.Optimize(false), expr.DisableAllBuiltins()}
	for _, name := range functions {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(p.said.String(), options...)
	if err != nil {
		return nil, p.explain(err)
	}
	return &condition{t, program, p.reads}, nil
}

// compile is condition for those who only want to know whether there is one.
func (t Threshold) compile() (*vm.Program, map[string]qoe.Figure, error) {
	c, err := t.condition()
	if err != nil {
		return nil, nil, err
	}
	return c.program, c.reads, nil
}

var unknownName = regexp.MustCompile(`^unknown name (\S+)`)

// explain puts the compiler's error where it was typed.
func (p *phrase) explain(err error) *wrong {
	at, message := 0, err.Error()
	if e := (*file.Error)(nil); errors.As(err, &e) {
		message = e.Message
		if e.From < len(p.from) {
			at = p.from[e.From]
		} else if e.From > 0 {
			at = len(p.typed)
		}
	}
	message, _, _ = strings.Cut(message, "\n")
	if m := unknownName.FindStringSubmatch(message); m != nil {
		return p.unknown(at, m[1])
	}
	message = strings.NewReplacer("float64", "number", "bool", "condition").Replace(message)
	return p.wrong(at, "is not a condition: "+message, "")
}
