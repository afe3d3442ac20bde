package scenarios

// nearest is the name among names that text was probably meant to be: at most a
// third of its letters (two at least) wrong, or one beginning with it. Empty when
// none is near.
func nearest(text string, names []string) string {
	best, least := "", max(2, len(text)/3)+1
	for _, name := range names {
		if d := distance(text, name); d < least {
			best, least = name, d
		}
	}
	return best
}

// distance is the number of letters to insert, delete, replace or swap with their
// neighbour to turn a into b (optimal string alignment), case ignored. Long texts
// are not names: they are cut.
func distance(a, b string) int {
	const most = 64
	x, y := fold(a, most), fold(b, most)
	rows := make([][]int, len(x)+1)
	for i := range rows {
		rows[i] = make([]int, len(y)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(x); i++ {
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			d := min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				d = min(d, rows[i-2][j-2]+1)
			}
			rows[i][j] = d
		}
	}
	return rows[len(x)][len(y)]
}

// fold is the first most bytes of s with ASCII capitals made small.
func fold(s string, most int) []byte {
	b := []byte(s[:min(len(s), most)])
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return b
}
