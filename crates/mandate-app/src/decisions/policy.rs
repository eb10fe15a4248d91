//! Policies: the text that says which decision is allowed, read, checked against what it may speak of, and asked.
//!
//! A set stands only if it names nothing the schema does not have and passes the tests beside it. Policies are few and
//! general; the limits are attributes of the right that is asked about, because the time of an answer grows with the
//! number of policies. An error while a policy is read for a question refuses it: a forbid that failed must not let pass.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use cedar_policy::{
    ActionConstraint, Authorizer, Decision, Effect, Policy, PolicyId, PolicySet, Request, Schema,
    ValidationMode, Validator,
};
use mandate_domain::identity::DecisionKind;

use super::policy_tests::{PolicyTest, TestLineError, read_tests};
use super::question::{Known, Question, Unaskable, context, uids};

/// The schema: what policies may speak of.
pub const SCHEMA: &str = include_str!("shipped/schema.cedarschema");
/// The policies that come with the program.
pub const SHIPPED_POLICIES: &str = include_str!("shipped/policies.cedar");
/// The tests beside them.
pub const SHIPPED_TESTS: &str = include_str!("shipped/policies.tests");

/// The longest text of policies, and of tests, in bytes.
pub const MOST_BYTES: usize = 100_000;
/// The most policies: each is read for each question.
pub const MOST_POLICIES: usize = 40;

/// Why a set of policies does not stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    /// Too long to be few.
    #[error("policies and tests take at most {MOST_BYTES} bytes each and {MOST_POLICIES} policies")]
    TooLong,
    /// The text cannot be read.
    #[error("the policies cannot be read: {what}")]
    Unreadable {
        /// What the reader of policies says.
        what: String,
    },
    /// A policy without a name of its own.
    #[error("each policy needs a name of its own: write @id(\"a_name\") above it ({what})")]
    Unnamed {
        /// Which.
        what: String,
    },
    /// A policy with places to fill in.
    #[error("`{policy}` is a template; only whole policies can be kept")]
    Template {
        /// Which.
        policy: String,
    },
    /// It names what there is not.
    #[error("the policies do not fit what they may speak of: {what}")]
    Invalid {
        /// What does not fit.
        what: String,
    },
    /// A line of the tests.
    #[error(transparent)]
    TestLine(#[from] TestLineError),
    /// No test at all.
    #[error("write at least one test beside the policies")]
    NoTests,
    /// Tests that the policies do not pass.
    #[error("{} tests fail, the first in line {}: {}", lines.len(), lines[0].0, lines[0].1)]
    TestsFail {
        /// Line and text of each; at least one.
        lines: Vec<(usize, String)>,
    },
}

/// What a set of policies says to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Allowed, by this policy.
    Allowed {
        /// Its name.
        policy: String,
    },
    /// Not allowed.
    Refused {
        /// Names of the policies that forbid it; none when it is merely not permitted.
        forbidden_by: Vec<String>,
    },
}

impl Verdict {
    /// Whether it is allowed.
    pub const fn is_allowed(&self) -> bool {
        matches!(self, Self::Allowed { .. })
    }
}

/// One policy, as pages show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLine {
    /// Its name.
    pub id: String,
    /// What it says in plain words; empty where nobody wrote it.
    pub says: String,
    /// Whether it forbids.
    pub forbids: bool,
}

/// A set of policies that may decide.
#[derive(Debug)]
pub struct Policies {
    version: i64,
    /// By kind of decision and whether a right is asked about: only what can bear on the answer, because its time
    /// grows with the number of policies.
    sets: BTreeMap<(DecisionKind, bool), PolicySet>,
    authorizer: Authorizer,
    lines: BTreeMap<String, PolicyLine>,
    /// Policies that speak of a right, so that a decision they allow uses it.
    with_right: BTreeSet<String>,
}

impl Policies {
    /// Those that come with the program.
    ///
    /// # Errors
    /// [`PolicyRefusal`] when they are broken, which a test rules out.
    pub fn shipped() -> Result<Self, PolicyRefusal> {
        Self::read(0, SHIPPED_POLICIES, SHIPPED_TESTS)
    }

    /// Reads a set and runs its tests.
    ///
    /// # Errors
    /// [`PolicyRefusal`] saying why it does not stand.
    pub fn read(version: i64, policies: &str, tests: &str) -> Result<Self, PolicyRefusal> {
        if policies.len() > MOST_BYTES || tests.len() > MOST_BYTES {
            return Err(PolicyRefusal::TooLong);
        }
        let read = Self::without_tests(version, policies)?;
        let tests = read_tests(tests)?;
        if tests.is_empty() {
            return Err(PolicyRefusal::NoTests);
        }
        let failed: Vec<(usize, String)> = tests
            .iter()
            .filter(|test| !read.passes(test))
            .map(|test| (test.line, test.text.clone()))
            .collect();
        if failed.is_empty() { Ok(read) } else { Err(PolicyRefusal::TestsFail { lines: failed }) }
    }

    fn without_tests(version: i64, text: &str) -> Result<Self, PolicyRefusal> {
        let unreadable = |what: String| PolicyRefusal::Unreadable { what };
        let read = PolicySet::from_str(text).map_err(|error| unreadable(error.to_string()))?;
        if let Some(template) = read.templates().next() {
            return Err(PolicyRefusal::Template { policy: template.id().to_string() });
        }
        if read.num_of_policies() > MOST_POLICIES {
            return Err(PolicyRefusal::TooLong);
        }
        let (mut set, mut lines, mut with_right) = (PolicySet::new(), BTreeMap::new(), BTreeSet::new());
        for policy in read.policies() {
            let Some(id) = policy.annotation("id").map(str::trim).filter(|id| !id.is_empty()) else {
                return Err(PolicyRefusal::Unnamed { what: policy.to_string().chars().take(80).collect() });
            };
            set.add(policy.new_id(PolicyId::new(id)))
                .map_err(|_| PolicyRefusal::Unnamed { what: id.to_owned() })?;
            if policy.annotation("uses") == Some("right") {
                with_right.insert(id.to_owned());
            }
            let says = policy.annotation("says").unwrap_or_default().to_owned();
            let forbids = policy.effect() == Effect::Forbid;
            lines.insert(id.to_owned(), PolicyLine { id: id.to_owned(), says, forbids });
        }
        let schema = Schema::from_str(SCHEMA).map_err(|error| unreadable(error.to_string()))?;
        let found = Validator::new(schema).validate(&set, ValidationMode::Strict);
        let wrong: Vec<String> = found.validation_errors().map(ToString::to_string).take(5).collect();
        if !wrong.is_empty() {
            return Err(PolicyRefusal::Invalid { what: wrong.join("; ") });
        }
        let mut sets = BTreeMap::new();
        for kind in DecisionKind::ALL {
            for asks_right in [true, false] {
                let bears = |policy: &&Policy| bears_on(policy, *kind, asks_right, &with_right);
                let few = PolicySet::from_policies(set.policies().filter(bears).cloned());
                sets.insert((*kind, asks_right), few.map_err(|error| unreadable(error.to_string()))?);
            }
        }
        Ok(Self { version, sets, authorizer: Authorizer::new(), lines, with_right })
    }

    /// Counts versions; 0 for those that come with the program.
    pub const fn version(&self) -> i64 {
        self.version
    }

    /// Its policies, by name.
    pub fn lines(&self) -> impl Iterator<Item = &PolicyLine> {
        self.lines.values()
    }

    /// What a policy says in plain words, or its name.
    pub fn says<'a>(&'a self, policy: &'a str) -> &'a str {
        self.lines
            .get(policy)
            .map(|line| line.says.as_str())
            .filter(|says| !says.is_empty())
            .unwrap_or(policy)
    }

    /// Whether a test comes out as it says.
    fn passes(&self, test: &PolicyTest) -> bool {
        self.ask(&test.question()).is_allowed() == test.allowed
    }

    /// Answers one question.
    ///
    /// With a right, only a policy that speaks of rights can allow it: else the use would be put down to a right that
    /// had no part in it.
    ///
    /// # Cost
    /// Linear in the number of policies that bear on the question; one or two microseconds each.
    pub fn ask(&self, question: &Question<'_>) -> Verdict {
        match Known::for_question(question) {
            Ok(known) => self.ask_knowing(question, &known),
            Err(Unaskable) => Verdict::Refused { forbidden_by: vec![] },
        }
    }

    /// As [`Self::ask`], where what policies may know was made before: of all whom and what the question names.
    pub fn ask_knowing(&self, question: &Question<'_>, known: &Known) -> Verdict {
        let refused = Verdict::Refused { forbidden_by: vec![] };
        let Ok(context) = context(question) else { return refused };
        let Ok((principal, action, resource)) = uids(question) else { return refused };
        let Ok(request) = Request::new(principal, action, resource, context, None) else { return refused };
        let Some(set) = self.sets.get(&(question.amount.kind(), question.right.is_some())) else {
            return refused;
        };
        let response = self.authorizer.is_authorized(&request, set, known.entities());
        if response.diagnostics().errors().next().is_some() {
            return refused;
        }
        let mut reasons = response.diagnostics().reason().map(|id| AsRef::<str>::as_ref(id).to_owned());
        match response.decision() {
            Decision::Deny => {
                let mut forbidden_by: Vec<String> = reasons.collect();
                forbidden_by.sort_unstable();
                Verdict::Refused { forbidden_by }
            }
            Decision::Allow if question.right.is_some() => {
                let named = reasons.find(|policy| self.with_right.contains(policy));
                named.map_or(refused, |policy| Verdict::Allowed { policy })
            }
            // The first by name, so that the same question is put down to the same policy each time.
            Decision::Allow => reasons.min().map_or(refused, |policy| Verdict::Allowed { policy }),
        }
    }

    /// The largest amount that is allowed where `question` asks, up to `most`; `None` when nothing is.
    ///
    /// Larger amounts are taken to be no easier than smaller ones; whatever comes out was asked in full.
    pub fn most(&self, question: &Question<'_>, most: i64) -> Option<i64> {
        let known = Known::for_question(question).ok()?;
        let allowed = |number: i64| {
            let question = Question { amount: question.amount.with_number(number), ..*question };
            self.ask_knowing(&question, &known).is_allowed()
        };
        if allowed(most) {
            return Some(most);
        }
        if !allowed(1) {
            return None;
        }
        // INVARIANT: `low` is allowed, `high` is not.
        let (mut low, mut high) = (1, most);
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if allowed(middle) { low = middle } else { high = middle }
        }
        Some(low)
    }
}

/// Whether a policy can bear on a question of this kind. One that permits without speaking of rights cannot where a right
/// is asked about; one that forbids always can.
fn bears_on(policy: &Policy, kind: DecisionKind, asks_right: bool, with_right: &BTreeSet<String>) -> bool {
    let is_of_kind = |action: &cedar_policy::EntityUid| action.id().unescaped() == kind.as_str();
    let of_kind = match policy.action_constraint() {
        ActionConstraint::Any => true,
        ActionConstraint::In(actions) => actions.iter().any(is_of_kind),
        ActionConstraint::Eq(action) => is_of_kind(&action),
    };
    let id: &str = policy.id().as_ref();
    of_kind && (policy.effect() == Effect::Forbid || !asks_right || with_right.contains(id))
}
