/* small.c - words that say nothing by themselves, and words behind which a noun is no order: "made
 * from benzene", "may contain".
 */
#include "chem/request/inside.h"

static const char SKIPPED[] =
    "a|an|the|any|some|in which|in "
    "whose|wherein|molecule|molecules|compound|compounds|structure|structures|substance|"
    "chemical|chemicals|small molecule|that|which|who|this|these|it|its|is|are|be|being|has|have|"
    "having|with|of|contain|contains|containing|include|includes|including|bearing|bears|bear|"
    "carrying|carries|carry|possessing|possesses|featuring|features|feature|showing|both|either|"
    "group|groups|moiety|moieties|unit|units|function|functions|functionality|functional|"
    "functionalities|substituent|substituents|atom|atoms|core|scaffold|skeleton|nucleus|motif|"
    "system|derivative|derivatives|based|type|class|kind|one molecule|i|we|want|need|would|like to|"
    "looking|find|me|give|show|please|look|search|get|something|anything|one that|ones|should|must|"
    "can|may|also|at the same time|there|only one molecule|in one molecule|in the same molecule|"
    "chain|chains|alkyl chain|in total|altogether|total|in its structure|in the structure|in the "
    "molecule|per molecule|"
    "within the molecule|all|each|other|another|more|where|whose|such as|e.g|present|presence of|"
    "in the presence of|number of|the number of|value|i'm|am|looking for|search for|i am looking "
    "for|"
    "as well as|plus|together with|together|along with|combined with|additionally|additional|and|"
    "substituted with|substituted by|substituted|built on|equipped with|decorated with|having a|"
    "linkage|bond|bonds|fragment|part|piece|example|examples|example of|examples of|organic "
    "molecule|"
    "don't lose|do not lose|don't omit|don't drop|don't skip|don't leave out|do not omit|do not "
    "drop|do not skip|do not "
    "leave "
    "out|no of|nr of|kindly|ideally|preferably|preferred|wanted|desired|required|needed|needs|if "
    "possible|thanks|"
    "thank you|at all|whatsoever|keep|keeping|retain|retaining|must have|must contain|could|you|"
    "list|suggest|propose|return|kind of|of any kind|candidate|candidates|"
    "building block|building blocks|has to be|have to be|needs to be|need to be|has to have|have "
    "to have|needs to have|has to "
    "contain|have to contain|needs to contain|need to contain|ought to be|ought to have|got to be|"
    "we'd like|i'd like|we'd|i'd|it's|that's|hello|hi|hey|dear|colleague|colleagues|regards|cheers|"
    "many thanks|best regards|thx|pls|plz|organic compound|organic compounds|organic "
    "molecules|member of|set of|list of|for me";
static const char EVIDENCE[] =
    "opened form of|open form of|"
    "the other|the others|others|the rest|the remaining|remaining|the remainder|the other "
    "ones|from|into|for|by|against|via|through|reacts with|react "
    "with|reacts|react|reacting|binds|bind|"
    "binding|binds to|inhibits|inhibit|inhibiting|oxidises|oxidizes|oxidising|oxidizing|reduces|"
    "reducing|converts|convert|converting|forms|forming|hydrolyses|hydrolyzes|dissolves|dissolves "
    "in|"
    "catalyses|catalyzes|catalysing|catalyzing|degrades|metabolises|metabolizes|interacts with|"
    "interact with|smells|smells like|smells of|tastes|tastes like|treats|kills|targets|targeting|"
    "acts|acts on|acts as|used|used in|used as|used to|used for|derived|obtained|produced|"
    "synthesised|synthesized|isolated|found|found in|prepared|made|soluble|soluble in|insoluble|"
    "insoluble in|suitable|useful|known|known as|looks|behaves|works|similar|precursor|precursor "
    "of|"
    "precursor to|metabolite of|product of|reagent|catalyst for|substitute|substitute for|mimics|"
    "mimicking|mimic of|in|to|as|towards|toward|protects|transports|activates|blocks|blocking|"
    "modulates|lowers|raises|prevents|causes|than|at|partially|partly|nearly|almost|mostly|semi|"
    "any number of|none of them|none of which|none of those|over|none on|none in|none at|same "
    "number of|the same number of|as many|too many|how many|so "
    "many|too "
    "much|fewer|few|reduced|decreased|minimal|reduce|minimise|minimize|masked|latent|protected|"
    "caged|"
    "disguised|hardly|barely|slightly|weakly|half|formerly|possibly|"
    "maybe|perhaps|optionally|optional|"
    "unless|if|needn't be|needn't have|need not be|don't care about|do not care about|no issue "
    "with|no "
    "issues with|no problem with|no need for|no need to|no preference for|no preference on|no "
    "preference|no restriction|no restriction "
    "on|no restrictions on|no matter|no matter how many|no matter the|no matter "
    "which|with/without|need not contain|need "
    "not have|needn't contain|does not need|not necessarily|beyond "
    "rule of five|beyond the rule "
    "of five|beyond rule of 5|bro5|may contain|may have|may bear|may include|may carry|can "
    "contain|can have|can bear|"
    "can include|might contain|might have|could contain|could have|violates|violate|violating|"
    "fails|fail|failing|breaks|breaking|disobeys|disobeying|in violation of|violation of|"
    "w/ or w/o|with or without";

int request_skipped(const request_words *ws, int i) {
    return request_phrase(ws, i, SKIPPED, false);
}

int request_evidence(const request_words *ws, int i) {
    return request_phrase(ws, i, EVIDENCE, false);
}
