package letter

import (
	"time"

	"douane.gouv.fr/crieur/templates"
)

const (
	outlookURL = "https://www.douane.gouv.fr/meteo/prodouane/pages/meteo"
	mailbox    = "dg-comint1@douane.finances.gouv.fr"
)

// run is one run of plain text; runs is a paragraph of runs.
func run(text string) templates.Run { return templates.Run{Text: text} }

func runs(all ...templates.Run) []templates.Run { return all }

func paragraph(all ...templates.Run) templates.Block {
	return templates.Block{Kind: templates.Paragraph, Runs: all}
}

// seed is the letter of 1 August 2023 as templates composes it. Its words are
// in testdata/seed.txt.
func seed() templates.Document {
	return templates.Document{
		Lang:      "fr",
		Authority: []string{"Direction générale", "des douanes et droits indirects"},
		Date:      time.Date(2023, 8, 1, 8, 0, 0, 0, time.UTC),
		PlaceDate: runs(run("Montreuil, le 1"), templates.Run{Text: "er", Raised: true}, run(" août 2023")),
		Title:     "Note aux opérateurs",
		Subject:   "Interruption temporaire des services en ligne Delta T, ICS-Delta P, Delta G, Delta X Import et Export, Delta H7 et ECS.",
		Blocks: []templates.Block{
			paragraph(run("Nous vous informons qu’une importante opération technique de maintenance sur le réseau informatique de la DGDDI est prévue le "),
				templates.Run{Text: "mardi 8 août 2023 de 9h00 à 17h00", Underline: true}, run(".")),
			paragraph(run("Les services en ligne Delta T, ICS-Delta P, Delta G, Delta X Import et Export, Delta H7 et ECS seront interrompus durant cette plage horaire, en EDI comme en DTI.")),
			paragraph(run("Vous êtes invités à reporter au maximum vos opérations de dédouanement.")),
			paragraph(run("Aucun message électronique de création d’une déclaration ou de validation d’une déclaration anticipée ne devra être injecté durant toute la période d’interruption du service en ligne.")),
			paragraph(run("Pour les cas où les formalités déclaratives ne pourront pas être reportées, à compter de 9h00 le 8 août, et jusqu’à publication d’un message de fin d’alerte, vous êtes invités à passer en "),
				templates.Run{Text: "procédure de secours,", Bold: true}, run(" dont les modalités sont rappelées dans la "),
				templates.Run{Text: "météo des services en ligne", Underline: true, Link: outlookURL},
				run(" pour l’ensemble des téléservices concernés.")),
			paragraph(run("À l’issue de cette interruption, afin d’éviter tout risque d’engorgement des différents applicatifs douaniers concernés, il conviendra de réinjecter progressivement dans les téléservices les déclarations déposées dans le cadre de la procédure de secours.")),
			paragraph(run("Nous vous invitons à consulter régulièrement la météo des services en ligne disponible sur le site internet de la douane"),
				templates.Run{Text: "1", Note: 1}, run(".")),
			paragraph(run("Tout dysfonctionnement technique constaté par vos soins à l’issue de cette opération de maintenance devra être porté à la connaissance de la douane par l’intermédiaire d’une demande d’assistance en ligne déposée via OLGA.")),
		},
		Signature: templates.Signature{Role: "Le chef de bureau,", Name: "Michel BARON"},
		Sender: [][]templates.Run{
			runs(templates.Run{Text: "DGDDI", Bold: true}), runs(run("Sous-direction du commerce international")), runs(run("Bureau COMINT1")),
			runs(run("11, rue des Deux Communes")), runs(run("93558 MONTREUIL Cedex")),
			runs(run("Site Internet\u00a0: "), templates.Run{Text: "www.douane.gouv.fr", Link: "https://www.douane.gouv.fr"}),
		},
		Contact: [][]templates.Run{
			runs(run("Affaire suivie par\u00a0: cellule e-commerce")),
			runs(run("Courriel\u00a0: "), templates.Run{Text: mailbox, Link: "mailto:" + mailbox}),
			runs(run("Réf.\u00a0: 20000171")),
		},
		Running: "Note aux opérateurs – réf. 20000171",
		Notes:   []templates.Note{{Runs: runs(templates.Run{Text: outlookURL, Link: outlookURL})}},
	}
}
