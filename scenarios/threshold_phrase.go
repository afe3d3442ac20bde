package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"soak/qoe"
)

// phrase is a threshold's expression while it is put into the compiler's words:
// metrics become identifiers; durations, rates and percentages plain numbers in
// the metrics' units (seconds, per second, ratios).
type phrase struct {
	of    Threshold
	typed string
	next  int // byte of typed to be read next
	said  strings.Builder
	from  []int // of each rune said, the byte of typed that it comes from
	reads map[string]qoe.Figure
}

// say puts text, all of which comes from one place.
func (p *phrase) say(text string, from int) {
	p.said.WriteString(text)
	for range utf8.RuneCountInString(text) {
		p.from = append(p.from, from)
	}
}

// copy takes the next n bytes over as they are.
func (p *phrase) copy(n int) {
	for i, r := range p.typed[p.next : p.next+n] {
		p.said.WriteRune(r)
		p.from = append(p.from, p.next+i)
	}
	p.next += n
}

func (p *phrase) rest() string { return p.typed[p.next:] }

func (p *phrase) wrong(at int, problem, hint string) *wrong {
	return &wrong{typed: p.typed, at: at, problem: problem, hint: hint}
}

var (
	// Numbers as the compiler reads them, but for the dot of a range: 1..5.
	aNumber   = regexp.MustCompile(`^(0[xXoObB][0-9a-fA-F_]+|[0-9][0-9_]*(\.[0-9][0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9]+)`)
	aWord     = regexp.MustCompile(`^[\pL_$][\pL\pN_$]*`)
	aQuote    = regexp.MustCompile("^(\"(\\\\.|[^\"\\\\])*\"|'(\\\\.|[^'\\\\])*'|`[^`]*`)")
	aDuration = regexp.MustCompile(`^([0-9.]+(ns|us|µs|ms|s|m|h))+`)
	aRate     = regexp.MustCompile(`^/(s|sec|second|m|min|minute|h|hour)\b`)
)

// translate reads the whole expression.
func (p *phrase) translate() *wrong {
	if m := sugared.FindStringSubmatchIndex(p.typed); m != nil {
		return p.sugar(m)
	}
	for p.next < len(p.typed) {
		var err *wrong
		switch rest := p.rest(); {
		case aNumber.MatchString(rest):
			err = p.number()
		case aWord.MatchString(rest):
			err = p.word()
		case aQuote.MatchString(rest):
			p.copy(len(aQuote.FindString(rest)))
		default:
			_, size := utf8.DecodeRuneInString(rest)
			p.copy(size)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// number reads a number and its unit, if it has one.
func (p *phrase) number() *wrong {
	at, rest := p.next, p.rest()
	digits := aNumber.FindString(rest)
	after := rest[len(digits):]
	if text := aDuration.FindString(rest); text != "" && !aWord.MatchString(rest[len(text):]) {
		d, err := time.ParseDuration(text)
		if err != nil {
			return p.wrong(at, fmt.Sprintf("%.40q is not a duration", text), "write 300ms, 2s or 1m30s")
		}
		return p.figure(len(text), d.Seconds())
	}
	value, err := strconv.ParseFloat(strings.ReplaceAll(digits, "_", ""), 64)
	switch unit := aRate.FindStringSubmatch(after); {
	case aWord.MatchString(after):
		return p.wrong(at, fmt.Sprintf("%.40q has no unit that is known", digits+aWord.FindString(after)), "units are: 300ms, 2s, 1m30s, 0.1%, 500/s, 30/min")
	case err == nil && unit != nil:
		return p.figure(len(digits)+len(unit[0]), value/secondsOf(unit[1]))
	case err == nil && isPercent(after):
		return p.figure(len(digits)+strings.IndexByte(after, '%')+1, value/100)
	}
	p.copy(len(digits))
	return nil
}

// figure says a number in place of the next n bytes.
func (p *phrase) figure(n int, value float64) *wrong {
	p.say(strconv.FormatFloat(value, 'f', -1, 64), p.next)
	p.next += n
	return nil
}

func secondsOf(unit string) float64 {
	switch unit[0] {
	case 'm':
		return 60
	case 'h':
		return 3600
	}
	return 1
}

// isPercent tells 0.1% and 0.1 % from a remainder, 7 % 2: behind a percentage
// nothing follows that one could divide by.
func isPercent(after string) bool {
	follows, percent := strings.CutPrefix(strings.TrimLeft(after, " "), "%")
	follows = strings.TrimLeft(follows, " \t\n")
	word := aWord.FindString(follows)
	return percent && (word == "" || slices.Contains(operators, word)) &&
		!aNumber.MatchString(follows) && !aQuote.MatchString(follows) && !strings.HasPrefix(follows, "(")
}

var (
	operators = []string{"and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith", "let", "if", "else"}
	functions = []string{"abs", "ceil", "floor", "max", "min", "round"}
)

// word reads an operator, a function or a metric. What is none of them the
// compiler refuses.
func (p *phrase) word() *wrong {
	at, word := p.next, aWord.FindString(p.rest())
	after := p.rest()[len(word):]
	member := strings.HasSuffix(p.typed[:at], ".") && !strings.HasSuffix(p.typed[:at], "..")
	f, known := lookup(word)
	switch {
	case member || slices.Contains(operators, word) || slices.Contains(functions, word):
	case word == "p" && strings.HasPrefix(strings.TrimLeft(after, " "), "("):
		return p.percentile()
	case strings.HasPrefix(after, "{"):
		return p.labelled(f, known)
	case known:
		return p.read(f, at, len(word))
	case strings.HasPrefix(word, hidden) || isDistribution(word):
		return p.unknown(at, word)
	}
	p.copy(len(word))
	return nil
}

var numbered = regexp.MustCompile(`^(.+)_p([0-9]{1,2})$`)

// lookup is the metric of that name, or the percentile that the name ends with.
func lookup(name string) (qoe.Figure, bool) {
	f, ok := qoe.Lookup(name)
	if m := numbered.FindStringSubmatch(name); !ok && m != nil {
		percent, _ := strconv.ParseFloat(m[2], 64) // two digits are a number
		return qoe.Percentile(m[1], percent)
	}
	return f, ok
}

func isDistribution(name string) bool {
	_, ok := qoe.Percentile(name, 50)
	return ok
}

// hidden begins the identifiers of metrics whose names are no identifiers.
const hidden = "__"

// read says the identifier of a metric in place of n bytes.
func (p *phrase) read(f qoe.Figure, at, n int) *wrong {
	full := f.Name.Name
	switch {
	case p.of.Cohort != "" && f.Whole():
		return p.wrong(at, full+" is known of the whole run only", "leave the cohort out")
	case p.of.AbortOnFail && f.Closing:
		return p.wrong(at, full+" is known at the end only: it cannot end a run", "leave abortOnFail out")
	}
	name := full
	if aWord.FindString(full) != full {
		name = hidden + strconv.Itoa(len(p.reads))
	}
	for known, g := range p.reads {
		if g.Name == f.Name {
			name = known
		}
	}
	p.reads[name] = f
	p.say(name, at)
	p.next = at + n
	return nil
}

var aPercentile = regexp.MustCompile(`^p\s*\(\s*([\pL_][\pL\pN_]*)\s*,\s*([0-9.]+)\s*\)`)

// percentile reads p(refresh_latency, 99).
func (p *phrase) percentile() *wrong {
	at := p.next
	m := aPercentile.FindStringSubmatchIndex(p.rest())
	if m == nil {
		return p.wrong(at, "takes a percentile of nothing", "write it like p(refresh_latency, 99)")
	}
	name, percent := p.rest()[m[2]:m[3]], p.rest()[m[4]:m[5]]
	if !isDistribution(name) {
		return p.wrong(at+m[2], fmt.Sprintf("%.60q has no percentiles", name), didYouMean(name, distributionNames()))
	}
	v, err := strconv.ParseFloat(percent, 64)
	f, ok := qoe.Percentile(name, v)
	if err != nil || !ok {
		return p.wrong(at+m[4], percent+" is no percentile", "write one from 0 to 100")
	}
	return p.read(f, at, m[1])
}

var aMatch = regexp.MustCompile(`^\s*(\w+)\s*(!=|==?)\s*("[^"]*"|'[^']*'|[\w.-]+)\s*`)

// labelled reads refused{kind="segment", status!="410"}.
func (p *phrase) labelled(f qoe.Figure, known bool) *wrong {
	at, metric := p.next, aWord.FindString(p.rest())
	if !known {
		return p.unknown(at, metric)
	}
	labels, _ := qoe.LabelsOf(metric)
	if labels == nil {
		return p.wrong(at, metric+" has no labels", "")
	}
	place, closed := at+len(metric)+1, false
	var matches []qoe.Match
	for !closed {
		m := aMatch.FindStringSubmatch(p.typed[place:])
		if m == nil && len(matches) == 0 && strings.HasPrefix(p.typed[place:], "}") {
			return p.read(f, at, place+1-at)
		}
		if m == nil {
			return p.wrong(place, "labels cannot be read", fmt.Sprintf("write them like %s{%s=\"…\"}", metric, labels[0]))
		}
		match := qoe.Match{Label: m[1], Not: m[2] == "!=", Value: strings.Trim(m[3], `"'`)}
		if err := p.matches(place, metric, match); err != nil {
			return err
		}
		matches = append(matches, match)
		place += len(m[0])
		closed = strings.HasPrefix(p.typed[place:], "}")
		if !closed && !strings.HasPrefix(p.typed[place:], ",") {
			return p.wrong(place, "labels do not end", "separate them by commas and end them with }")
		}
		place++
	}
	narrow, err := f.Where(matches...)
	if err != nil {
		return p.wrong(at, err.Error(), "")
	}
	return p.read(narrow, at, place-at)
}

// matches checks one label against those there are: one misspelt would match
// nothing for ever.
func (p *phrase) matches(at int, metric string, m qoe.Match) *wrong {
	for p.typed[at] == ' ' {
		at++
	}
	labels, values := qoe.LabelsOf(metric)
	i := slices.Index(labels, m.Label)
	switch {
	case i < 0:
		return p.wrong(at, fmt.Sprintf("%s has no label %.40q", metric, m.Label), didYouMean(m.Label, labels))
	case !slices.Contains(values[i], m.Value):
		return p.wrong(at, fmt.Sprintf("%s is never %.40q", m.Label, m.Value), didYouMean(m.Value, values[i]))
	}
	return nil
}

// unknown is the error of a name that is no metric.
func (p *phrase) unknown(at int, name string) *wrong {
	if isDistribution(name) {
		return p.wrong(at, name+" is a distribution, not one number", fmt.Sprintf("write p(%s, 95)", name))
	}
	hint := "soak help metrics lists them"
	if near := nearest(name, metricNames()); near != "" {
		hint = fmt.Sprintf("did you mean %s?", near)
	}
	return p.wrong(at, fmt.Sprintf("%.60q is no metric", name), hint)
}

// metricNames are all names that an expression may hold.
func metricNames() (names []string) {
	for _, n := range qoe.Names() {
		names = append(names, n.Name)
	}
	for _, a := range qoe.Aliases() {
		names = append(names, a.Name)
	}
	return append(names, qoe.Distributions()...)
}

// distributionNames are those that have percentiles, aliases first.
func distributionNames() (names []string) {
	for _, a := range qoe.Aliases() {
		if isDistribution(a.Name) {
			names = append(names, a.Name)
		}
	}
	return append(names, qoe.Distributions()...)
}
