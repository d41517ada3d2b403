package house

import "testing"

func TestRounded(t *testing.T) {
	t.Parallel()
	for n, want := range map[int]int{0: 0, 7: 7, 99: 99, 104: 100, 105: 110, 123456: 120000, 129999: 130000} {
		if got := rounded(n, true); got != want {
			t.Errorf("about %d, want %d", got, want)
		}
		if got := rounded(n, false); got != n {
			t.Errorf("%d counted as %d", n, got)
		}
	}
}
