package letter

import (
	"strings"

	"douane.gouv.fr/crieur/templates"
)

// full is a letter that has everything a letter may have, over several pages.
func full() templates.Document {
	doc := seed()
	doc.Banner = "EXERCICE"
	long := "Les déclarations déposées dans le cadre de la procédure de secours sont réinjectées progressivement à partir de 17h00, service par service, afin d’éviter tout risque d’engorgement des applicatifs concernés. "
	doc.Notes = append(doc.Notes,
		templates.Note{Runs: runs(run("Bulletin officiel des douanes no 7012, point "), templates.Run{Text: "3.2", Italic: true}, run("."))},
		templates.Note{Runs: runs(run(strings.Repeat("Cette note de bas de page est longue et s’étend sur plusieurs lignes. ", 3)))})
	doc.Blocks = append([]templates.Block{
		{Kind: templates.Callout, Runs: runs(templates.Run{Text: "Annule et remplace", Bold: true},
			run(" la note no 20000170. La fin prévue passe de "), templates.Run{Text: "17h00", Struck: true}, run(" à "),
			templates.Run{Text: "19h00", Bold: true, Italic: true}, run("."))},
	}, doc.Blocks...)
	doc.Blocks = append(doc.Blocks,
		templates.Block{Kind: templates.Heading, Runs: runs(run("Services et modes concernés"))},
		paragraph(run("Le tableau donne l’état de chaque téléservice\u00a0:")),
		serviceTable(14),
		templates.Block{Kind: templates.Heading, Runs: runs(run("Ce qu’il convient de faire"))},
		templates.Block{Kind: templates.List, Items: [][]templates.Run{
			runs(run("Reporter au maximum vos opérations de dédouanement"), templates.Run{Text: "2", Note: 2}, run("\u00a0;")),
			runs(run(long)),
			runs(run("Consulter la "), templates.Run{Text: "météo des services en ligne dans son ensemble, par service et par mode, pour toute la journée du 8 août", Underline: true, Link: outlookURL}, run(", puis l’adresse https://www.douane.gouv.fr/sites/default/files/2023-08/"+strings.Repeat("une-adresse-tres-longue-", 6)+"fin.pdf.")),
		}},
		paragraph(run(strings.Repeat(long, 4))),
		paragraph(run(strings.Repeat(long, 3)), templates.Run{Text: "3", Note: 3}, run(".")),
		paragraph(run("L’opérateur ŁÓDŹ Σίγμα България répond\u202f: «\u202foui\u202f» – ½ ≤ 3\u202f€…")),
	)
	return doc
}

func serviceTable(rows int) templates.Block {
	b := templates.Block{Kind: templates.Table, Head: []string{"Téléservice", "Mode", "État", "Procédure de secours"}}
	for range rows {
		b.Rows = append(b.Rows, [][]templates.Run{
			runs(templates.Run{Text: "Delta G", Bold: true}), runs(run("EDI, DTI")), runs(run("interrompu")),
			runs(run("autorisée à compter de 9h00 le 8 août, jusqu’à publication d’un message de fin d’alerte")),
		})
	}
	return b
}
