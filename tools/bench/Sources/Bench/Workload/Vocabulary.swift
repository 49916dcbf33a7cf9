/// The words that the messages are made of, common ones first.
enum Vocabulary {
    /// Words of prose.
    static let words: [[UInt8]] = split(
        """
        the to and a of in is it that for this with we on be not you as so if are but now by can \
        an at then file there from which test should when have was line need function only call \
        one error all use value let after before has will what case code would same here first \
        returns change how more new does because still since where run where both read failing \
        check make sure instead into each other write again passes fix no list result already add \
        type looks second point name order key set missing behind path default end left while \
        them time empty next data right message request between string index than find field \
        session open number second part expects about handler config without cache old want time \
        called works small user server build table client option lock last query close size wrong \
        memory current stored single entry count sent state either lines thread input output \
        parser module event once queue retry wait batch column version offset second also most \
        rather update process whole until directory branch merge commit loop token reason actual \
        likely seems expected under third response exactly fails fine script package import main \
        warning version keeps method object page print argument position happens buffer limit \
        caller callers release step known problem cannot helper local quite possible database \
        otherwise schema timeout suggest however question simple header migration worker nothing \
        instance currently several different separate correct directly during example explicit \
        follow format found further given global handle held ignore inside itself large later \
        least less long look made matter mean might never note often otherwise own pass past place \
        plan prefix probably property protocol public put quick race range reach rebuild record \
        reduce reference remain remove rename replace report reset restart restore reverse root \
        rule safe sample save schedule search seed select sense server share short show side \
        signature silent similar skip slow solution sort source specific split stack stage start \
        static status stop storage stream structure success support switch symbol target task \
        temporary text though through tool total trace transaction tree trigger true try turn \
        unique unit unused usual validate variable verify view warm window yes zero abort accept \
        adapter agree allocate allow almost alone although always annotation answer anyway appear \
        apply approach archive around array assert assign assume atomic attempt attribute avoid \
        aware back balance base baseline become begin believe below benchmark best better beyond \
        binary bit blob block body boolean border bottom bound break brief bring broken browser \
        bug bulk bundle busy byte calculate cancel capture careful catch category cause certain \
        chain chance character choice choose chunk class clean clear clock clone cluster collect \
        combine command comment common compare compile complete complex component compress \
        compute condition conflict connection consider console constant contain content context \
        continue contract control convert copy core corrupt cost cover crash create critical
        """)

    /// What everybody says all the time, common ones first.
    static let phrases: [[UInt8]] = [
        "let me check", "I'll look at the", "the problem is that", "as you can see", "now let me",
        "it looks like the", "make sure that the", "in the same way as", "I have updated the",
        "the tests pass now", "could you please", "at the end of the file", "there is no need to",
        "the error message says", "I'll start by reading the", "which means that the",
        "instead of the old one", "this is because the", "the following changes", "for example",
        "as far as I can tell", "please run the tests again", "on the other hand", "if you want to",
        "the first thing to do is", "let me know if you", "that should fix the",
        "without changing the", "one more thing", "I don't think that is", "here is what I found",
        "to be on the safe side",
    ].map { Array($0.utf8) }

    /// Names of code: put together, they name functions, types and files.
    static let names: [[UInt8]] = split(
        """
        account action address agent alert amount audit badge batch bill bucket budget buffer card \
        cart catalog channel charge chunk cipher column comment contact context coupon cursor \
        customer daemon digest discount display document domain draft driver edge email encoder \
        engine event export feed field filter folder forecast format frame gateway graph group \
        guest handle header health hook host image import index inventory invoice item job journal \
        label layer layout leader ledger lease letter level link locale locator log mailbox map \
        market measure member menu merge metric migration mirror model monitor network node note \
        notice offer order origin owner packet page parcel parser partner patch payment peer period \
        photo pixel plan player plugin policy pool price printer product profile project prompt \
        proxy query queue quota quote range rate reader receipt record refund region release \
        render replica report request reserve resource review rider role route row rule sample \
        scanner schedule schema scope script search sensor server session shard shipment signal \
        slot snapshot socket source stock store stream student subscription summary supplier table \
        tag target task tax team template tenant theme ticket timer token topic tracker trade \
        transfer trip upload user vendor version video visit voucher wallet watcher widget window \
        worker workspace writer zone
        """)

    /// Statements of code, `$a` to `$d` standing for names and `$n` for a number, as they stand in a
    /// JSON string.
    static let statements: [[UInt8]] = [
        "def $a_$b($c, $d=None):", "    $a = self.$b.$c($d)", "    if $a is None:",
        "        return $b.$c($n)", "    for $a in $b.$c():", "        $a.$b = $c[$n]",
        "    raise ValueError(f\\\"unknown $a: {$b}\\\")", "class $A$B($C):", "import $a.$b",
        "from $a.$b import $C$D", "    assert $a_$b($c) == $n", "    with self.$a_lock:",
        "    logger.info(\\\"$a %s took %d ms\\\", $b, $c)",
        "    return [$a for $a in $b if $a.$c]",
        "    \\\"\\\"\\\"Returns the $a of a $b.\\\"\\\"\\\"", "",
        "    def __init__(self, $a, $b):",
        "        self.$a = $a", "        self.$b_$c = $b or {}",
        "    await self.$a.$b($c, timeout=$n)",
        "@pytest.fixture", "def test_$a_$b_$c($d):", "    try:", "    except $A$BError as error:",
        "        self.$a.append({\\\"$b\\\": $c, \\\"$d\\\": $n})",
        "    # The $a has no $b when the $c is $d.",
        "    $a = sorted($b, key=lambda $c: $c.$d)", "    yield from self.$a_$b($c)",
        "    $a_$b = os.path.join($c, \\\"$d.json\\\")", "        continue",
    ].map { Array($0.utf8) }

    private static func split(_ text: String) -> [[UInt8]] {
        text.split(separator: " ").map { Array($0.utf8) }
    }
}
