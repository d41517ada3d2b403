package subscribe

import (
	"net/http"
	"net/mail"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates"
	"douane.gouv.fr/crieur/templates/pages"
)

// mostPosted is how many bytes a form may have: all boxes ticked take 2 KiB.
const mostPosted = 64 << 10

// posted is the form that was posted; empty where there is none, which the
// fields then say.
func posted(w http.ResponseWriter, r *http.Request) url.Values {
	r.Body = http.MaxBytesReader(w, r.Body, mostPosted)
	if err := r.ParseForm(); err != nil {
		return url.Values{}
	}
	return r.PostForm
}

// choose reads the choices of a form. It offers what is in the catalogue, and
// what its reader had chosen before.
func choose(c notice.Catalogue, values url.Values, before ...string) (templates.Choices, []pages.FormFault) {
	unknown := func(code string) bool { return !offered(c, code) && !slices.Contains(before, code) }
	chosen := templates.Choices{
		Services: services(c, slices.DeleteFunc(slices.Clone(values[pages.FieldService]), unknown)),
		Notices:  slices.Contains(values[pages.FieldWant], pages.WantNotices), Alerts: slices.Contains(values[pages.FieldWant], pages.WantAlerts),
		DailyNotices: values.Get(pages.FieldDaily) != "", DailyAlerts: values.Get(pages.FieldDaily) == pages.DailyAll,
		Lang: values.Get(pages.FieldLang), Zone: values.Get(pages.FieldZone),
	}
	for _, mode := range c.ModeCodes() {
		if slices.Contains(values[pages.FieldMode], mode) {
			chosen.Modes = append(chosen.Modes, mode)
		}
	}
	var wrong []pages.FormFault
	fault := func(is bool, field string, kind pages.FaultKind) {
		if is && !slices.ContainsFunc(wrong, func(w pages.FormFault) bool { return w.Field == field }) {
			wrong = append(wrong, pages.FormFault{Field: field, Kind: kind})
		}
	}
	_, zone := templates.ZoneOf(chosen.Zone)
	fault(slices.ContainsFunc(values[pages.FieldService], unknown), pages.FieldService, pages.NoSuchChoice)
	fault(slices.ContainsFunc(values[pages.FieldMode], func(code string) bool { return c.Modes[code].Label == "" }), pages.FieldMode, pages.NoSuchChoice)
	fault(!slices.Contains([]string{"", pages.DailyNotices, pages.DailyAll}, values.Get(pages.FieldDaily)), pages.FieldDaily, pages.NoSuchChoice)
	fault(chosen.Lang != "" && chosen.Lang != "en", pages.FieldLang, pages.NoSuchChoice)
	fault(chosen.Zone != "" && !zone, pages.FieldZone, pages.NoSuchChoice)
	fault(!meets(c, chosen), pages.FieldMode, pages.NoSuchPair)
	return chosen, wrong
}

// offered is whether the form offers a service or group.
func offered(c notice.Catalogue, code string) bool {
	_, service := c.Services[code]
	_, group := c.Groups[code]
	return service || group
}

// services are those chosen, in the order of their codes, without the members
// of a group that was chosen as a whole.
func services(c notice.Catalogue, codes []string) []string {
	codes = slices.DeleteFunc(slices.Clone(codes), func(code string) bool {
		return slices.Contains(codes, c.Services[code].Group)
	})
	slices.Sort(codes)
	return slices.Compact(codes)
}

// meets is whether any of the services is reached by one of the modes: nobody
// means to ask for what never comes.
func meets(c notice.Catalogue, chosen templates.Choices) bool {
	if len(chosen.Services) == 0 || len(chosen.Modes) == 0 {
		return true
	}
	return slices.ContainsFunc(chosen.Services, func(code string) bool {
		for _, member := range append(c.Members(code), code) {
			if slices.ContainsFunc(c.Services[member].Modes, func(mode string) bool {
				return slices.Contains(chosen.Modes, mode) || slices.Contains(chosen.Modes, c.Modes[mode].Under)
			}) {
				return true
			}
		}
		return false
	})
}

// wantsFault says that nothing at all was asked for.
func wantsFault(chosen templates.Choices) []pages.FormFault {
	if chosen.Notices || chosen.Alerts {
		return nil
	}
	return []pages.FormFault{{Field: pages.FieldWant, Kind: pages.WantsMissing}}
}

// addressFault is what keeps an address from being one mailbox that mail can
// be delivered to (RFC 5321 section 4.5.3.1, RFC 6531); "" for nothing.
func addressFault(address string) pages.FaultKind {
	at := strings.LastIndexByte(address, '@')
	switch {
	case address == "":
		return pages.AddressMissing
	case !utf8.ValidString(address), strings.ContainsFunc(address, odd):
		return pages.AddressBad
	case strings.ContainsAny(address, " ,;<>"):
		return pages.AddressTwo
	case at < 1:
		return pages.AddressBad
	case len(address) > 254 || at > 64:
		return pages.AddressLong
	case !complete(address[at+1:]):
		return pages.AddressDomain
	}
	if a, err := mail.ParseAddress(address); err != nil || a.Address != address || a.Name != "" {
		return pages.AddressBad
	}
	return ""
}

// odd is a character that no address holds that somebody types: controls, what
// is invisible, what turns the direction of writing, and what is not ASCII while
// its small letter is: by that another mailbox would have the same id (the
// Kelvin sign for a k).
func odd(r rune) bool {
	return unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Co, unicode.Zl, unicode.Zp) || r == utf8.RuneError ||
		r > unicode.MaxASCII && unicode.ToLower(r) <= unicode.MaxASCII
}

// complete is whether a domain is one of the public's names: labels of letters,
// digits and hyphens, at least two, the last one not a number.
func complete(domain string) bool {
	labels := strings.Split(domain, ".")
	if len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, foreign) {
			return false
		}
	}
	last := labels[len(labels)-1]
	return utf8.RuneCountInString(last) > 1 && strings.ContainsFunc(last, unicode.IsLetter)
}

// foreign is a character that no label holds, in any script.
func foreign(r rune) bool { return !unicode.In(r, unicode.L, unicode.M, unicode.Nd) && r != '-' }
