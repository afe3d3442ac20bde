package chance

import "math"

// Slope is how much y rises for each x by the line of least squares, and where it lies
// at a confidence (Student's t of n-2 degrees of freedom; N. R. Draper and H. Smith,
// Applied Regression Analysis, 1.4). It holds for values whose errors know nothing of
// each other: of a measured course take means of long stretches. Of fewer than three
// points, or where all have one x, nothing is known.
func Slope(xs, ys []float64, confidence float64) (slope float64, i Interval) {
	n := float64(min(len(xs), len(ys)))
	nothing := Interval{math.Inf(-1), math.Inf(1)}
	middleX, middleY := mean(xs), mean(ys)
	var sxx, sxy, syy float64
	for k := range min(len(xs), len(ys)) {
		dx, dy := xs[k]-middleX, ys[k]-middleY
		sxx, sxy, syy = sxx+dx*dx, sxy+dx*dy, syy+dy*dy
	}
	if sxx == 0 {
		return 0, nothing
	}
	slope = sxy / sxx
	if n < 3 {
		return slope, nothing
	}
	left := max(0, syy-slope*sxy) // of the squares, which the line does not explain
	half := quantileT(n-2, confidence) * math.Sqrt(left/(n-2)/sxx)
	return slope, Interval{slope - half, slope + half}
}

func mean(all []float64) (m float64) {
	for _, v := range all {
		m += v / float64(len(all))
	}
	return m
}
