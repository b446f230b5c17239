//! The conversations in English.

use super::{CUP, INVOICE, LID, SHELF, Scene, say, show};

pub static SCENES: [Scene; 14] = [
    Scene {
        department: 1,
        lines: &[
            say("Hi, one of my two cups arrived with a chip on the rim."), say("Hello, I am so sorry. Could you send a photo of it?"),
            show(&CUP, "Here it is. The other one is perfect."), say("Thank you. A new cup leaves the kiln tomorrow, and you keep the chipped one for pencils."),
            say("That was easy. Thank you!"), say("You're welcome, enjoy your tea!"),
        ],
        grade: Some((5, "")),
    },
    Scene {
        department: 0,
        lines: &[
            say("Do you ship to Japan?"), say("Yes, five to seven days by EMS, duties included."), say("And is the bamboo handle in the box?"),
            say("It is, wrapped beside the lid."), say("Great, ordering now."),
        ],
        grade: None,
    },
    Scene {
        department: 0,
        lines: &[
            say("Is the celadon bowl safe in a dishwasher?"), say("It is, though the crackle stays brighter when washed by hand."),
            say("Honest answer. And the microwave?"), say("Yes, there is no metal in the glaze."),
        ],
        grade: Some((5, "honest answers!")),
    },
    Scene {
        department: 2,
        lines: &[
            say("My card was charged twice for order 8841."), say("I'm sorry. I can see it: one of the two is only a reservation and will be released."),
            say("When? And may I have the invoice?"), show(&INVOICE, "Within two working days; I have written it into your order. Here is the invoice."),
            say("Got it, thanks."),
        ],
        grade: Some((4, "")),
    },
    Scene {
        department: 0,
        lines: &[
            say("Hello! Do you have gift cards?"), say("We do, from 20 € up, by e-mail or on paper."), say("Paper please, it's for my father."),
            say("Lovely. The paper one comes with a small tasting spoon."),
        ],
        grade: None,
    },
    Scene {
        department: 1,
        lines: &[
            say("The lid of my teapot broke. Can I buy a single one?"), say("Yes, a lid is 9 €. Would you send a photo, so that I pick the right one?"),
            show(&LID, "What is left of it…"), say("Ouch. That is lid B2. I put it into your cart with free shipping."), say("You are a star."),
        ],
        grade: Some((5, "Saved my Sunday")),
    },
    Scene {
        department: 0,
        lines: &[
            say("What is new from the kiln this week?"), show(&SHELF, "Fresh from this morning: bowls, caddies and one last ink teapot."),
            say("Is the teapot on the second shelf still there?"), say("It is. Shall I put it aside until tonight?"), say("Yes please, I'll order after work."),
        ],
        grade: Some((5, "lovely photo")),
    },
    Scene {
        department: 1,
        lines: &[
            say("My parcel says delivered but it is not here."), say("Let me look… the driver left it with the neighbour at number 14."),
            say("There is no number 14!"), say("Then it is lost, and that is ours to mend: a new one leaves today by express."), say("Wow. Thank you for not arguing."),
        ],
        grade: Some((5, "no arguing")),
    },
    Scene {
        department: 2,
        lines: &[
            say("Can I still change the billing address on my invoice?"), say("Yes, until the end of the month. What should it say?"),
            say("Nordlicht Tee GmbH, Torstraße 12, 10119 Berlin"), say("Done, the corrected invoice is in your inbox."), say("Perfect."),
        ],
        grade: Some((5, "")),
    },
    Scene {
        department: 1,
        lines: &[
            say("How do I return a bowl? The green is not my green."), say("Within 30 days, free of charge; I have just mailed you the label."),
            say("Do I need the original box?"), say("Any box that keeps it safe will do."),
        ],
        grade: Some((4, "")),
    },
    Scene {
        department: 0,
        lines: &[
            say("Which teapot for oolong, small hands?"), say("The 220 ml one: light, side handle, pours in nine seconds."), say("Is it heavy when full?"),
            say("About 480 g, less than most mugs with coffee."), say("Sold."), say("Wonderful. I added a tea sample to the box."),
        ],
        grade: Some((5, "knows the pots")),
    },
    Scene {
        department: 1,
        lines: &[
            say("The discount code KILN10 does not work."), say("It ended on Sunday, but I can apply it once more by hand. Which order?"), say("8867"),
            say("10 % are off, and the difference goes back to your card."), say("Thanks, that's fair."),
        ],
        grade: Some((4, "")),
    },
    Scene {
        department: 2,
        lines: &[
            say("Do you take payment by bank transfer?"), say("We do, from 100 € up; the pot is kept for you for five days."), say("Then I'll do that."),
            say("The details are in the mail that just left."),
        ],
        grade: None,
    },
    Scene {
        department: 1,
        lines: &[
            say("There is a white film inside my new pot, is that normal?"), say("Yes, that is kaolin dust from the shelf. Boil it out once and it is gone."),
            say("No soap?"), say("No soap, the clay would remember it."), say("Ha, good to know."),
        ],
        grade: Some((5, "")),
    },
];
