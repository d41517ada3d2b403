package notice_test

import (
	"reflect"
	"testing"

	"douane.gouv.fr/crieur/schemas/notice"
)

func TestGather(t *testing.T) {
	t.Parallel()
	say := func(service, mode, what string) notice.Saying[string] {
		return notice.Saying[string]{Service: service, Mode: mode, What: what}
	}
	got := notice.Gather([]notice.Saying[string]{
		say("a", "edi", "out"), say("a", "dti", "out"), say("b", "edi", "out"), say("c", "edi", "out"), say("c", "dti", "out"),
		say("c", "edi", "out"), say("d", "edi", "back"), say("d", "dti", "back"), say("d", "dti-plus", "out"),
	}, func(a, b string) bool { return a == b })
	want := []notice.Gathered[string]{
		{Services: []string{"a", "c"}, Modes: []string{"edi", "dti"}, What: "out"},
		{Services: []string{"b"}, Modes: []string{"edi"}, What: "out"},
		{Services: []string{"d"}, Modes: []string{"edi", "dti"}, What: "back"},
		{Services: []string{"d"}, Modes: []string{"dti-plus"}, What: "out"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%+v", got)
	}
}
