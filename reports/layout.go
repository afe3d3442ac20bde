package reports

import (
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	minWidth = 30 // narrower terminals wrap by themselves
	indent   = 13 // column at which facts begin beside their label
	between  = " · "
)

// page lays facts out in a given number of columns. The first error of the
// writer stays; later lines are dropped.
type page struct {
	w     io.Writer
	width int
	color bool
	err   error
}

func newPage(w io.Writer, width int, color bool) *page {
	if width <= 0 {
		width = 80
	}
	return &page{w: w, width: max(width, minWidth), color: color}
}

// narrow tells whether tables have no room and become lists.
func (p *page) narrow() bool { return p.width < 72 }

func (p *page) line(s string) {
	if p.err == nil {
		_, p.err = io.WriteString(p.w, strings.TrimRight(s, " ")+"\n")
	}
}

// facts prints a label and what there is to say beside it, items kept whole where
// a line can hold them:
//
//	Refreshes    320 calls · 0 failed
//	             p50 42 ms · p95 61 ms
func (p *page) facts(label string, items ...string) {
	lines := wrap(p.width-indent, items)
	for i, text := range lines {
		if i > 0 {
			label = ""
		}
		p.line(p.dim(pad(label, indent)) + text)
	}
}

// list prints items one to a line, below one another, each wrapped by words.
func (p *page) list(label string, items []string) {
	for _, item := range items {
		for _, text := range wrap(p.width-indent, []string{item}) {
			p.line(p.dim(pad(label, indent)) + text)
			label = ""
		}
	}
}

// paragraph prints text wrapped by words behind a hanging prefix.
func (p *page) paragraph(prefix, text string) {
	size := columns(prefix)
	for _, part := range wrap(p.width-size, []string{text}) {
		p.line(prefix + part)
		prefix = strings.Repeat(" ", size)
	}
}

// wrap joins items by dots into lines of at most width columns, and cuts what is
// longer between words.
func wrap(width int, items []string) []string {
	var lines []string
	current := ""
	for _, item := range items {
		joined := item
		if current != "" {
			joined = current + between + item
		}
		if columns(joined) <= width {
			current = joined
			continue
		}
		if current != "" {
			lines = append(lines, current)
		}
		parts := wrapWords(width, item)
		lines = append(lines, parts[:len(parts)-1]...)
		current = parts[len(parts)-1]
	}
	if current != "" {
		lines = append(lines, current)
	}
	return lines
}

// wrapWords cuts text between words; a word longer than a line is cut anywhere.
func wrapWords(width int, text string) []string {
	var lines []string
	current := ""
	for word := range strings.FieldsSeq(text) {
		if current != "" && columns(current)+1+columns(word) <= width {
			current += " " + word
			continue
		}
		if current != "" {
			lines = append(lines, current)
		}
		runes := []rune(word)
		for len(runes) > width {
			lines = append(lines, string(runes[:width]))
			runes = runes[width:]
		}
		current = string(runes)
	}
	return append(lines, current)
}

// columns counts what a terminal shows of s: our own colour sequences take none.
func columns(s string) int {
	n, painted := 0, false
	for _, r := range s {
		switch {
		case r == '\x1b':
			painted = true
		case !painted:
			n++
		case r == 'm':
			painted = false
		}
	}
	return n
}

func pad(s string, width int) string {
	return s + strings.Repeat(" ", max(width-columns(s), 1))
}

func padLeft(s string, width int) string {
	return strings.Repeat(" ", max(width-columns(s), 0)) + s
}

// clip shortens s to width columns.
func clip(s string, width int) string {
	if columns(s) <= width {
		return s
	}
	return string([]rune(s)[:max(width-1, 0)]) + "…"
}

// clean makes text from scenario files and servers safe to print: one line, no
// control characters, so nobody's error message moves the reader's cursor.
func clean(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == utf8.RuneError
	}), " ")
}

func (p *page) dim(s string) string   { return p.paint("2", s) }
func (p *page) green(s string) string { return p.paint("1;32", s) }
func (p *page) red(s string) string   { return p.paint("1;31", s) }
func (p *page) amber(s string) string { return p.paint("1;33", s) }

// paint colours s with an ANSI SGR code, leaving white space plain.
func (p *page) paint(code, s string) string {
	text := strings.TrimRight(s, " ")
	if !p.color || text == "" {
		return s
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m" + s[len(text):]
}
