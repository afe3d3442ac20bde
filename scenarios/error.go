package scenarios

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Error is what is wrong with a scenario, at one key.
type Error struct {
	File         string // as given to Parse; empty when no file is concerned
	Line, Column int    // from 1; 0 when the key does not stand in the file
	Key          string // "viewers.mix[0].policy.retry"; empty for the file as a whole
	Problem      string // one line
	Hint         string // what to do next, one line; may be empty
	excerpt      string // the line in the file with a caret below; may be empty
	secret       bool   // the line holds what may be a secret
}

// Error is file:line:column, key and problem, then the excerpt and the hint on
// lines of their own.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(e.File)
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d:%d", e.Line, e.Column)
		}
		b.WriteString(": ")
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Problem)
	b.WriteString(e.excerpt)
	if e.Hint != "" {
		b.WriteString("\n" + e.Hint)
	}
	return b.String()
}

// advance moves the error from where an expression begins to the place in it that
// is wrong. It cannot where the line does not hold the expression letter by letter.
func (e *Error) advance(source []byte, w *wrong) bool {
	text, ok := lineOf(source, e.Line)
	if !ok || e.Column < 1 || e.Column > len([]rune(text)) {
		return false
	}
	before := string([]rune(text)[:e.Column-1])
	at := strings.Index(text[len(before):], strings.TrimSpace(w.typed))
	if at < 0 || strings.TrimSpace(w.typed) == "" {
		return false
	}
	indent := len(w.typed) - len(strings.TrimLeft(w.typed, " \t\n"))
	typed := w.typed[indent:max(min(w.at, len(w.typed)), indent)]
	e.Column += utf8.RuneCountInString(text[len(before):len(before)+at]) + utf8.RuneCountInString(typed)
	e.excerpt = excerptOf(source, e.Line, e.Column)
	return true
}

// excerptOf shows a line of source with a caret under a column (from 1, in
// characters).
func excerptOf(source []byte, line, column int) string {
	text, ok := lineOf(source, line)
	if !ok || column < 1 {
		return ""
	}
	runes := []rune(text)
	column = min(column, len(runes)+1)
	const before, after = 60, 40
	from, to := max(0, column-1-before), min(len(runes), column-1+after)
	margin := fmt.Sprintf("%5d | ", line)
	pad := strings.Map(keepTabs, string(runes[from:column-1]))
	return fmt.Sprintf("\n%s%s\n%s%s^", margin, string(runes[from:to]), strings.Repeat(" ", len(margin)-2)+"| ", pad)
}

// keepTabs blanks a letter but keeps tabs, so that the caret stands below its
// letter however wide a tab is.
func keepTabs(r rune) rune {
	if r == '\t' {
		return r
	}
	return ' '
}

func lineOf(source []byte, line int) (string, bool) {
	rest := strings.ToValidUTF8(string(source), string(utf8.RuneError))
	rest = strings.ReplaceAll(rest, "\r\n", "\n")
	for n := 1; ; n++ {
		text, after, more := strings.Cut(rest, "\n")
		if n == line {
			return strings.Map(printable, text), true
		}
		if !more {
			return "", false
		}
		rest = after
	}
}

// printable replaces control characters, which could drive a terminal.
func printable(r rune) rune {
	if r < ' ' && r != '\t' || r == 0x7f {
		return utf8.RuneError
	}
	return r
}
