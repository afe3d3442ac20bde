package scenarios

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"soak/qoe"
)

// k6 writes metric: aggregate operator number.
var (
	sugared   = regexp.MustCompile(`^\s*([a-z][a-z0-9_]*)\s*:\s*(.+)$`)
	aggregate = regexp.MustCompile(`^(p\(\s*[0-9.]+\s*\)|med|min|max|count|rate|value)\s*(<=|>=|===|==|!=|<|>)\s*([-+]?)(\S.*)$`)
)

// sugar reads k6's form; m is what sugared found.
func (p *phrase) sugar(m []int) *wrong {
	metric, rest := p.typed[m[2]:m[3]], p.typed[m[4]:]
	c := aggregate.FindStringSubmatchIndex(rest)
	if c == nil {
		return p.wrong(m[4], "has no condition behind its colon", "write an aggregate, an operator and a number: p(95)<3, max<200ms, count==0")
	}
	part := func(i int) string { return rest[c[2*i]:c[2*i+1]] }
	f, err := p.aggregated(metric, part(1), m[2], m[4])
	if err != nil {
		return err
	}
	if err := p.read(f, m[2], m[3]-m[2]); err != nil {
		return err
	}
	op := part(2)
	if op == "===" {
		op = "=="
	}
	p.say(" "+op+" "+part(3), m[4]+c[4])
	p.next = m[4] + c[8]
	if !aNumber.MatchString(p.rest()) {
		return p.wrong(p.next, fmt.Sprintf("%.40q is not a number", part(4)), "")
	}
	if err := p.number(); err != nil {
		return err
	}
	if left := strings.TrimSpace(p.rest()); left != "" {
		return p.wrong(p.next, fmt.Sprintf("goes on with %.40q behind its number", left), "k6's form is one condition; write out what is more than that: refused == 0 and …")
	}
	p.next = len(p.typed)
	return nil
}

// aggregated is the figure that k6's metric and aggregate stand for. at and then
// are their places.
func (p *phrase) aggregated(metric, agg string, at, then int) (qoe.Figure, *wrong) {
	f, one := lookup(metric)
	if percent, many := percentOf(agg); many {
		q, ok := qoe.Percentile(metric, percent)
		switch {
		case ok && agg == "max":
			return extremeOf(metric, "_max", q), nil
		case ok && agg == "min":
			return extremeOf(metric, "_min", q), nil
		case ok:
			return q, nil
		case one:
			return q, p.wrong(then, fmt.Sprintf("takes %s of %s, which is one number", agg, metric), "write count, rate or value, or the condition alone: "+metric+" < 1")
		}
		return q, p.unknown(at, metric)
	}
	if !one {
		return f, p.unknown(at, metric)
	}
	return f, nil
}

// percentOf is the percentile that an aggregate asks for, if it asks for one.
func percentOf(agg string) (float64, bool) {
	switch agg {
	case "med":
		return 50, true
	case "max":
		return 100, true
	case "min":
		return 0, true
	}
	inner, ok := strings.CutPrefix(agg, "p(")
	if !ok {
		return 0, false
	}
	percent, err := strconv.ParseFloat(strings.Trim(inner, " )"), 64)
	if err != nil {
		return -1, true // no percentile
	}
	return percent, true
}

// extremeOf prefers the metric's own name for a least or greatest value.
func extremeOf(distribution, suffix string, q qoe.Figure) qoe.Figure {
	for _, a := range qoe.Aliases() {
		if a.Name == distribution {
			distribution = a.For
		}
	}
	if f, ok := qoe.Lookup(distribution + suffix); ok {
		return f
	}
	return q
}
