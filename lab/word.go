package lab

import (
	"slices"
	"strings"
)

// Word tells whether a text has 1 to most bytes, all of them ASCII letters, digits or of
// others. As a regular expression, a class that is repeated up to so many times is
// written out so many times, each time a program starts: 10 ms of every command.
func Word(text, others string, most int) bool {
	for i := range len(text) {
		if c := text[i]; !alphanumeric(c) && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return 1 <= len(text) && len(text) <= most
}

// Words tells whether a text is 1 to count of these, with a separator between them.
func Words(text, separator, others string, most, count int) bool {
	all := strings.Split(text, separator)
	return len(all) <= count && !slices.ContainsFunc(all, func(w string) bool { return !Word(w, others, most) })
}

func alphanumeric(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
