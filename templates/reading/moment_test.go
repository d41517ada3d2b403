package reading_test

import (
	"strings"
	"testing"
	"time"

	"douane.gouv.fr/crieur/schemas/notice"
	"douane.gouv.fr/crieur/templates/reading"
)

// plain is a text with ordinary spaces.
func plain(s string) string { return strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(s) }

// at is an instant as documents write it; the zero one for "".
func at(t *testing.T, text string) notice.Time {
	t.Helper()
	var parsed notice.Time
	if text == "" {
		return parsed
	}
	if err := parsed.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return parsed
}

func TestMoment(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ now, text, want string }{
		{"2023-08-01T14:00", "8 août 2023 9h", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "mardi 8 août 9h30", "2023-08-08T09:30"},
		{"2023-08-01T14:00", "MARDI 8 AOUT À 9 H 30", "2023-08-08T09:30"},
		{"2023-08-01T14:00", "le mardi 8 août 2023 à 9h00", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "le mardi 8\u00a0août 2023, à 09:00", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "08/08/2023 09:00", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "08.08.23 9h", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "8/8 à 9h", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "9h le 8 août", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "9h 8 août", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "9h 17 août", "2023-08-17T09:00"},
		{"2023-08-01T14:00", "demain 9h", "2023-08-02T09:00"},
		{"2023-08-01T14:00", "après-demain à 9 heures", "2023-08-03T09:00"},
		{"2023-08-01T14:00", "aujourd'hui 9h", "2023-08-01T09:00"},
		{"2023-08-01T14:00", "hier 22h15", "2023-07-31T22:15"},
		{"2023-08-01T14:00", "lundi 8h", "2023-08-07T08:00"},
		{"2023-08-01T14:00", "mardi 8h", "2023-08-08T08:00"},
		{"2023-08-01T14:00", "mardi 16h", "2023-08-01T16:00"},
		{"2023-08-01T14:00", "lundi prochain 8h", "2023-08-07T08:00"},
		{"2023-08-01T14:00", "mardi 8 à 9h", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "mar. 8 août 9h", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "9h", "2023-08-02T09:00"},
		{"2023-08-01T14:00", "16h", "2023-08-01T16:00"},
		{"2023-08-01T14:00", "2023-08-08T09:00", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "2023-08-08 9h", "2023-08-08T09:00"},
		{"2023-08-01T14:00", "2023-08-08T09:00+04:00", "2023-08-08T07:00"},
		{"2023-08-01T14:00", "midi", "2023-08-02T12:00"},
		{"2023-08-01T14:00", "demain midi", "2023-08-02T12:00"},
		{"2023-08-01T14:00", "midi et demi demain", "2023-08-02T12:30"},
		{"2023-08-01T14:00", "minuit", "2023-08-02T00:00"},
		{"2023-08-01T14:00", "8 août 24h", "2023-08-09T00:00"},
		{"2023-08-01T14:00", "8 août 0h", "2023-08-08T00:00"},
		{"2023-08-01T14:00", "1er septembre 8h", "2023-09-01T08:00"},
		{"2023-08-01T14:00", "maintenant", "2023-08-01T14:00"},
		{"2023-08-01T14:00", "1er août 8h50", "2023-08-01T08:50"},
		{"2023-08-01T14:00", "31 juillet 9h", "2024-07-31T09:00"},
		{"2023-08-01T14:00", "29 février 9h", "2024-02-29T09:00"},
		{"2023-08-01T14:00", "ce soir 8h", "2023-08-01T20:00"},
		{"2023-08-01T14:00", "8h du soir", "2023-08-01T20:00"},
		{"2023-08-01T14:00", "demain matin 9h précises", "2023-08-02T09:00"},
		{"2023-08-01T14:00", "cet après-midi à 3h", "2023-08-01T15:00"},
		{"2023-08-01T14:00", "dans 2 heures", "2023-08-01T16:00"},
		{"2023-08-01T14:00", "dans 1h30", "2023-08-01T15:30"},
		{"2023-08-01T14:00", "dans 30 min", "2023-08-01T14:30"},
		{"2023-08-01T14:00", "2023/08/08 9h", "2023-08-08T09:00"},
		{"2023-12-30T14:00", "2 janvier 9h", "2024-01-02T09:00"},
		{"2024-10-01T09:00", "27 octobre 2024 2h30 heure d'été", "2024-10-27T02:30+02:00"},
		{"2024-10-01T09:00", "27 octobre 2024 2h30 (heure d’hiver)", "2024-10-27T02:30+01:00"},
		{"2024-10-01T09:00", "27/10/2024 2h30 +01:00", "2024-10-27T02:30+01:00"},
		{"2024-10-01T09:00", "27 octobre 2024 à 9h heure d’hiver", "2024-10-27T09:00"},
		{"2024-10-01T09:00", "27 octobre 2024 à 9h, heure de Paris", "2024-10-27T09:00"},
	} {
		got, said, err := reading.Moment(c.text, at(t, c.now).Time)
		if err != nil {
			t.Errorf("Moment(%q): %v", c.text, err)
		} else if want := at(t, c.want); !got.Equal(want.Time) || said != reading.Told(want) {
			t.Errorf("Moment(%q) = %s, %q, want %s", c.text, got, said, want)
		}
	}
	_, told, _ := reading.Moment("27/10/2024 2h30 heure d’été", at(t, "2024-10-01T09:00").Time)
	if plain(told) != "dimanche 27 octobre 2024 à 2h30 (heure d’été)" {
		t.Errorf("told %q", told)
	}
}

func TestMomentRefused(t *testing.T) {
	t.Parallel()
	now := at(t, "2023-08-01T14:00").Time
	for text, want := range map[string]string{
		"":                         "Rien n’est écrit",
		"lundi 8 août 2023 9h":     "« lundi 8 août 2023 » : le 8 août 2023 est un mardi",
		"lundi 8 août 9h":          "le 8 août 2023 est un mardi",
		"lundi 8 à 9h":             "le 8 août 2023 est un mardi",
		"31 juin 9h":               "Le 31 juin n’existe pas : juin a 30 jours",
		"29 février 2023 9h":       "Le 29 février 2023 n’existe pas : en 2023, février a 28 jours",
		"30 février 9h":            "Le 30 février n’existe pas : février a 28 jours, ou 29",
		"8/13/2023 9h":             "pas de mois n° 13",
		"32/01 9h":                 "n’existe pas",
		"8 août":                   "L’heure manque",
		"9":                        "un jour ou une heure ? : écrire « 9h »",
		"fin de journée":           "n’est pas compris",
		"ce soir":                  "L’heure manque",
		"8 août 25h":               "L’heure « 25h » n’existe pas",
		"8 août 24h30":             "n’existe pas",
		"8 août 9h75":              "L’heure « 9h75 » n’existe pas",
		"8 août minuit":            "peut être le début ou la fin du jour : écrire « 0h00 »",
		"31 mars 2024 2h30":        "Le 31 mars 2024, 2h30 n’existe pas : on passe à l’heure d’été cette nuit-là",
		"27 octobre 2024 2h30":     "Le 27 octobre 2024, 2h30 existe deux fois : on passe à l’heure d’hiver cette nuit-là",
		"8 août 9h heure d’hiver":  "Le 8 août 2023 à 9h00, on n’est pas à l’heure d’hiver",
		"8 août 9h à 17h":          "donne deux moments",
		"8 août 9h, vers le Quai":  "« Quai » n’est pas compris",
		"8 août 1523 9h":           "L’année 1523",
		"heure d'été":              "n’est pas compris",
		strings.Repeat("9", 10000): "trop long",
	} {
		got, said, err := reading.Moment(text, now)
		if err == nil {
			t.Errorf("Moment(%.40q) = %s", text, said)
		} else if !strings.Contains(plain(err.What+" : "+err.Remedy), want) || !got.IsZero() || said != "" || strings.Contains(err.Error(), "%!") {
			t.Errorf("Moment(%.40q): %v, want %q", text, err, want)
		}
	}
}

// TestTypography wants the spaces of French in what staff read.
func TestTypography(t *testing.T) {
	t.Parallel()
	_, _, err := reading.Moment("8 août minuit", at(t, "2023-08-01T14:00").Time)
	if err == nil || !strings.HasPrefix(err.What, "«\u00a08\u00a0août minuit\u00a0»") {
		t.Errorf("%q", err)
	}
	if _, _, err = reading.Moment("9", at(t, "2023-08-01T14:00").Time); !strings.HasSuffix(err.What, "une heure\u202f?") {
		t.Errorf("%q", err)
	}
}

func TestDay(t *testing.T) {
	t.Parallel()
	now := at(t, "2023-08-01T14:00").Time
	for text, want := range map[string]string{
		"1er septembre": "vendredi 1er septembre 2023", "demain": "mercredi 2 août 2023", "mardi": "mardi 1er août 2023",
		"2023-08-08": "mardi 8 août 2023", "8/8": "mardi 8 août 2023", "Montreuil": "", "9h": "", "8 août 9h": "", "": "",
	} {
		_, said, err := reading.Day(text, now)
		if plain(said) != want || (err == nil) != (want != "") {
			t.Errorf("Day(%q) = %q, %v, want %q", text, said, err, want)
		}
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	now := at(t, "2023-08-01T14:00").Time
	for text, want := range map[string]string{
		"mardi 8 août de 9h à 17h":                                     "le mardi 8 août 2023 de 9h00 à 17h00",
		"le mardi 8 août 2023 de 9h00 à 17h00":                         "le mardi 8 août 2023 de 9h00 à 17h00",
		"du mardi 8 août à 9h au mercredi 9 août à 17h30":              "du mardi 8 août 2023 à 9h00 au mercredi 9 août 2023 à 17h30",
		"du 8 à 9h au 9 à 17h":                                         "du mardi 8 août 2023 à 9h00 au mercredi 9 août 2023 à 17h00",
		"du 8 à 9h au 9 août à 17h":                                    "du mardi 8 août 2023 à 9h00 au mercredi 9 août 2023 à 17h00",
		"du 31 à 9h au 1er à 17h":                                      "du jeudi 31 août 2023 à 9h00 au vendredi 1er septembre 2023 à 17h00",
		"du 31 à 9h au 1er septembre à 17h":                            "du jeudi 31 août 2023 à 9h00 au vendredi 1er septembre 2023 à 17h00",
		"du 30 décembre à 9h au 2 janvier à 17h":                       "du samedi 30 décembre 2023 à 9h00 au mardi 2 janvier 2024 à 17h00",
		"du 25 octobre à 18h au 28 octobre 2024 à 10h":                 "du vendredi 25 octobre 2024 à 18h00 au lundi 28 octobre 2024 à 10h00",
		"de 9h à 17h demain":                                           "le mercredi 2 août 2023 de 9h00 à 17h00",
		"de 9h à demain 17h":                                           "le mercredi 2 août 2023 de 9h00 à 17h00",
		"demain 9h-17h":                                                "le mercredi 2 août 2023 de 9h00 à 17h00",
		"8/8 9:00 - 17:00":                                             "le mardi 8 août 2023 de 9h00 à 17h00",
		"le 08/08/2023 de 9h00 à 17h00":                                "le mardi 8 août 2023 de 9h00 à 17h00",
		"mardi 8 août entre 9h et 17h":                                 "le mardi 8 août 2023 de 9h00 à 17h00",
		"mardi 8 août de 22h à 4h":                                     "du mardi 8 août 2023 à 22h00 au mercredi 9 août 2023 à 4h00",
		"mardi 8 août de 22h à 5h le lendemain":                        "du mardi 8 août 2023 à 22h00 au mercredi 9 août 2023 à 5h00",
		"mardi 8 août de 18h à minuit":                                 "du mardi 8 août 2023 à 18h00 au mercredi 9 août 2023 à 0h00",
		"mardi 8 août de minuit à 6h":                                  "le mardi 8 août 2023 de 0h00 à 6h00",
		"à partir de 9h":                                               "à compter du mercredi 2 août 2023 à 9h00",
		"à compter du mardi 8 août 2023 à 9h00":                        "à compter du mardi 8 août 2023 à 9h00",
		"à compter de 9h le 8 août jusqu'à 17h":                        "le mardi 8 août 2023 de 9h00 à 17h00",
		"dès maintenant":                                               "à compter du mardi 1er août 2023 à 14h00",
		"la nuit du 8 au 9 août de 22h à 4h":                           "du mardi 8 août 2023 à 22h00 au mercredi 9 août 2023 à 4h00",
		"demain 9h pendant 2h":                                         "le mercredi 2 août 2023 de 9h00 à 11h00",
		"mardi 8 août 9h, d’une durée de 1 heure et demie":             "le mardi 8 août 2023 de 9h00 à 10h30",
		"depuis 8h50":                                                  "à compter du mardi 1er août 2023 à 8h50",
		"depuis 18h":                                                   "à compter du lundi 31 juillet 2023 à 18h00",
		"à compter du 8 août 9h jusqu'à nouvel ordre":                  "à compter du mardi 8 août 2023 à 9h00",
		"2023-08-08T09:00/2023-08-08T17:00":                            "le mardi 8 août 2023 de 9h00 à 17h00",
		"2023-08-08T09:00 2023-08-08T17:00":                            "",
		"de vendredi 18h à lundi 8h":                                   "du vendredi 4 août 2023 à 18h00 au lundi 7 août 2023 à 8h00",
		"8 août 7h à 11h, une prolongation étant possible jusqu’à 13h": "le mardi 8 août 2023 de 7h00 à 11h00, une prolongation étant possible jusqu’au mardi 8 août 2023 à 13h00",
		"8 août de 7h à 11h (prolongation possible jusqu'à 13h)":       "le mardi 8 août 2023 de 7h00 à 11h00, une prolongation étant possible jusqu’au mardi 8 août 2023 à 13h00",
		"du 8 au 9 août de 9h à 17h":                                   "", // one window, or one a day?
		"de 22h à 4h demain":                                           "",
		"jusqu'à 17h":                                                  "",
		"mardi 8 août":                                                 "",
		"mardi 8 août 9h":                                              "",
		"du 9 août à 9h au 8 août à 17h":                               "",
		"du lundi 8 août à 9h au 9 août à 17h":                         "",
		"": "",
	} {
		_, said, err := reading.Window(text, now)
		if plain(said) != want {
			t.Errorf("Window(%q) = %q, %v, want %q", text, plain(said), err, want)
		}
		if (err == nil) != (want != "") || err != nil && (strings.Contains(err.Error(), "%!") || err.Remedy == "") {
			t.Errorf("Window(%q): %v", text, err)
		}
	}
}

// TestWindowQuotes wants errors to speak of what was written.
func TestWindowQuotes(t *testing.T) {
	t.Parallel()
	if _, _, err := reading.Window("Mardi et mercredi de 9h à 17h", at(t, "2023-08-01T14:00").Time); err == nil || !strings.HasPrefix(plain(err.What), "« Mardi et mercredi de 9h à 17h »") {
		t.Error(err)
	}
}

func TestSince(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ now, text, want string }{
		{"2023-08-01T09:05", "8h50", "2023-08-01T08:50"},
		{"2023-08-01T00:10", "23h50", "2023-07-31T23:50"},
		{"2023-08-01T09:05", "hier 18h", "2023-07-31T18:00"},
		{"2024-01-01T09:05", "31 décembre 18h", "2023-12-31T18:00"},
		{"2023-08-01T09:05", "depuis 8h50", "2023-08-01T08:50"},
		{"2023-08-01T09:05", "maintenant", "2023-08-01T09:05"},
		{"2023-08-01T09:05", "de 8h à 9h", ""},
		{"2023-08-01T09:05", "tantôt", ""},
	} {
		got, said, err := reading.Since(c.text, at(t, c.now).Time)
		if !got.Equal(at(t, c.want).Time) || (err == nil) != (c.want != "") || (said == "") != (c.want == "") {
			t.Errorf("Since(%q) = %s, %q, %v, want %s", c.text, got, said, err, c.want)
		}
	}
}

func TestEnd(t *testing.T) {
	t.Parallel()
	start := at(t, "2023-08-31T09:00")
	for text, want := range map[string]string{
		"17h": "2023-08-31T17:00", "4h": "2023-09-01T04:00", "1er à 17h": "2023-09-01T17:00", "1er septembre 17h": "2023-09-01T17:00",
		"le lendemain 8h": "2023-09-01T08:00", "lundi 8h": "2023-09-04T08:00", "+8h": "2023-08-31T17:00", "30 min": "2023-08-31T09:30",
		"à 17h": "2023-08-31T17:00", "jusqu’à 17h30": "2023-08-31T17:30", "minuit": "2023-09-01T00:00", "31/08/2023 17:00": "2023-08-31T17:00",
		"30 août 17h": "!Cette fin ne vient pas", "9h à 17h": "!deux moments", "bientôt": "!n’est pas compris", "": "!Rien", "vendredi": "!L’heure manque",
	} {
		got, said, err := reading.End(text, start, at(t, "2023-08-01T14:00").Time)
		if bad, ok := strings.CutPrefix(want, "!"); ok {
			if err == nil || bad != "Cette fin ne vient pas" && !strings.Contains(plain(err.Error()), bad) {
				t.Errorf("End(%q) = %s, %v", text, said, err)
			}
		} else if err != nil || !got.Equal(at(t, want).Time) || said != reading.Told(got) {
			t.Errorf("End(%q) = %s, %q, %v, want %s", text, got, said, err, want)
		}
	}
	if got, said, err := reading.End("jusqu'à nouvel ordre", start, start.Time); !got.IsZero() || said != "jusqu’à nouvel ordre" || err != nil {
		t.Error(got, said, err)
	}
}

func TestExtension(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ end, now, text, want string }{
		{"2023-08-08T17:00", "2023-08-08T16:00", "+30 min", "2023-08-08T17:30"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "30 minutes", "2023-08-08T17:30"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "+1 h", "2023-08-08T18:00"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "2h", "2023-08-08T19:00"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "1h30", "2023-08-08T18:30"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "1 heure et demie", "2023-08-08T18:30"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "jusqu’à 18h", "2023-08-08T18:00"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "18h", "2023-08-08T18:00"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "jusqu'au 9 août à 8h", "2023-08-09T08:00"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "jusqu'à demain 8h", "2023-08-09T08:00"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "jusqu’à minuit", "2023-08-09T00:00"},
		{"2023-08-08T17:00", "2023-08-08T17:20", "+30 min", "2023-08-08T17:50"}, // overdue: from now
		{"", "2023-08-08T17:20", "+1 h", "2023-08-08T18:20"},
		{"2023-08-08T23:00", "2023-08-08T22:00", "jusqu'à 2h", "2023-08-09T02:00"},
		{"2024-10-27T02:00+02:00", "2024-10-27T01:00", "+2h", "2024-10-27T03:00"}, // two real hours
		{"2023-08-08T17:00", "2023-08-08T16:00", "+1 jour", "2023-08-09T17:00"},
		{"2023-08-08T17:00", "2023-08-08T16:00", "jusqu’à nouvel ordre", ""},
	} {
		until, said, err := reading.Extension(c.text, at(t, c.end), at(t, c.now).Time)
		if want := at(t, c.want); err != nil || !until.Equal(want.Time) || said == "" {
			t.Errorf("Extension(%q) = %s, %q, %v, want %s", c.text, until, said, err, c.want)
		}
	}
	for text, want := range map[string]string{
		"10h": "une durée ou une heure ?", "+0 min": "n’ajoute rien", "jusqu'au 8 août 2023 à 8h": "est déjà passée",
		"jusqu'au 8 août 2023 à 8h45": "déjà fixée au", "plus tard": "n’est pas compris", "": "Rien n’est écrit",
	} {
		_, said, err := reading.Extension(text, at(t, "2023-08-08T09:00"), at(t, "2023-08-08T08:30").Time)
		if err == nil || !strings.Contains(plain(err.Error()), want) {
			t.Errorf("Extension(%q) = %q, %v, want %q", text, said, err, want)
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ start, end, want string }{
		{"2023-08-08T09:00", "2023-08-08T17:00", "8 heures"},
		{"2023-08-08T09:00", "2023-08-09T11:00", "1 jour et 2 heures"},
		{"2023-08-08T09:00", "2023-08-08T09:45", "45 minutes"},
		{"2023-08-08T09:00", "2023-08-08T10:01", "1 heure et 1 minute"},
		{"2023-08-08T09:00", "2023-08-10T12:15", "2 jours, 3 heures et 15 minutes"},
		{"2024-10-25T18:00", "2024-10-28T10:00", "2 jours et 17 heures"}, // the clocks are put back meanwhile
		{"2024-03-31T01:00", "2024-03-31T04:00", "2 heures"},
		{"2023-08-08T09:00", "2023-08-08T09:00", ""},
		{"2023-08-08T09:00", "", ""},
		{"2023-08-08T09:00", "2023-08-08T09:00:30", "moins d’une minute"},
	} {
		if got := plain(reading.Span(at(t, c.start), at(t, c.end))); got != c.want {
			t.Errorf("Span(%s, %s) = %q, want %q", c.start, c.end, got, c.want)
		}
	}
}

// FuzzMoment: nothing that is typed panics, and what is understood is said so
// that it is understood the same.
func FuzzMoment(f *testing.F) {
	for _, text := range []string{"mardi 8 août 9h30", "8/8 à 9h", "27/10/2024 2h30 heure d’été", "de 9h à 17h demain", "+30 min", "du 31 à 9h au 1er à 17h", "minuit", "2023-08-08T09:00+04:00"} {
		f.Add(text)
	}
	now := time.Date(2023, 8, 1, 12, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, text string) {
		if at, said, err := reading.Moment(text, now); err == nil {
			again, _, err := reading.Moment(said, now)
			if err != nil || !again.Equal(at.Time) {
				t.Errorf("%q is said %q and that understood as %s, %v, not %s", text, said, again, err, at)
			}
		}
		if w, said, err := reading.Window(text, now); err == nil {
			again, _, err := reading.Window(said, now)
			if err == nil && again != w {
				t.Errorf("%q is said %q and that understood as %v, not %v", text, said, again, w)
			}
		}
		_, _, _ = reading.Extension(text, notice.At(now), now) // may not panic
		_, _, _ = reading.Day(text, now)
	})
}
