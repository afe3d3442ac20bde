package main

// palette colours text for terminals; the zero palette leaves it plain.
type palette struct{ on bool }

func (p palette) red(s string) string   { return p.sgr("31", s) }
func (p palette) amber(s string) string { return p.sgr("33", s) }

// sgr wraps s in an ANSI Select Graphic Rendition sequence.
func (p palette) sgr(code, s string) string {
	if !p.on || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func unpainted(s string) string { return s }
