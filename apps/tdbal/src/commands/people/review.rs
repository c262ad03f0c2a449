//! `tdbal review`: asks a person about the pictures that tdbal is unsure about.

mod keys;

use super::pictures;
use crate::cli::ReviewArgs;
use crate::commands::actors::require_actors;
use crate::environment::{self as env, Environment};
use crate::exit::Exit;
use crate::render;
use crate::settings::{Flags, Settings};
use dataset::DataReader;
use dataset::people::labels::{Statement, Wish, edit_labels, picture_digest, read_labels};
use evaluation::Evaluation;
use evaluation::evaluation::read_evaluation;
use evaluation::people::open_questions;
use evaluation::review_queue::{Protector, ReviewItem, ReviewQueue};
use execution::DataFolder;
use keys::{Answer, Judgement};
use results::OutputFolder;
use selection::{ActorSelection, select_actors};
use std::io::BufRead as _;
use std::path::Path;
use storage::DataLocation;
use tdbal_types::time::Clock;

/// `tdbal review`: asks about every unsure picture of the last evaluations. Each answer is saved at
/// once.
pub(crate) async fn review(
    args: &ReviewArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let (settings, data) = pictures::open(&Flags::from(args), environment, folder).await?;
    let questions = queue(args, &settings, &data).await?;
    if questions.is_empty() {
        render::out("Nothing to review\n")?;
        return Ok(Exit::Success);
    }
    let mut review = Review {
        data: &data,
        said_by: environment.get(env::USER).unwrap_or("unknown"),
        clock: Clock::system(),
        max_bytes: settings.max_bytes,
        answered: Vec::new(),
        questions,
    };
    review.walk().await?;
    let answered = review.answered.len();
    let left = review.questions.len() - answered;
    render::out(&format!(
        "{} reviewed, {left} left\n",
        render::count(answered, "picture")
    ))?;
    Ok(Exit::Success)
}

/// A picture to ask about, with what is known about it.
struct Question {
    item: ReviewItem,
    /// The evidence, as printed.
    text: String,
}

/// Every picture to ask about, actor by actor.
async fn queue(
    args: &ReviewArgs,
    settings: &Settings,
    data: &DataFolder,
) -> anyhow::Result<Vec<Question>> {
    let reader = data.reader();
    let discovery = dataset::discover(&reader).await?;
    require_actors(&discovery, settings)?;
    let selection = ActorSelection::named_or_all(&args.actor_id);
    let actors = select_actors(selection, &discovery.names())?;
    let labels = read_labels(&reader).await?;
    let output = OutputFolder::new(&settings.output_dir);
    let now = Clock::system().stamp();
    let mut queue = ReviewQueue::default();
    let mut questions = Vec::new();
    let mut evaluated = 0;
    for actor in actors {
        let Some(evaluation) = read_evaluation(&output, &actor).await else {
            continue;
        };
        evaluated += 1;
        // Loading a set may read a bucket, so it is done only for actors with something to ask.
        if open_questions(&labels, &evaluation).is_empty() {
            continue;
        }
        if let Some(files) = discovery.actors.get(&actor) {
            let set = dataset::set::load(&reader, &actor, files, &now).await?;
            let items = queue.add_actor(&evaluation, &labels, &set.pictures);
            questions.extend(
                items
                    .into_iter()
                    .filter_map(|item| Question::new(item, &evaluation, &settings.data)),
            );
        }
    }
    anyhow::ensure!(
        evaluated > 0,
        "no evaluations to review in {}: run tdbal --all first, or check --output-dir",
        settings.output_dir.display()
    );
    Ok(questions)
}

impl Question {
    fn new(item: ReviewItem, evaluation: &Evaluation, data: &DataLocation) -> Option<Self> {
        let place = match &item.picture.local {
            Some(local) => place(data, local.key.as_str()),
            None => item.picture.s3_url.clone().unwrap_or_default(),
        };
        let text = render::unsettled(evaluation, &item.picture.name, &place)?;
        Some(Self { item, text })
    }
}

/// The path or address of a file of the data set.
fn place(data: &DataLocation, key: &str) -> String {
    match data {
        DataLocation::Folder(path) => path.join(key).display().to_string(),
        DataLocation::Bucket { bucket, prefix } if prefix.is_empty() => {
            format!("s3://{bucket}/{key}")
        }
        DataLocation::Bucket { bucket, prefix } => format!("s3://{bucket}/{prefix}/{key}"),
    }
}

/// Why a person's request to remove a picture has no effect.
const fn stronger_than_removal(protector: Protector) -> &'static str {
    match protector {
        Protector::KeepList => "the picture stays because it is on the keep list: see tdbal unkeep",
        Protector::ActorManifest => {
            "the picture stays because its actor manifest says training_data_good"
        }
    }
}

/// A review in progress.
struct Review<'a> {
    data: &'a DataFolder,
    said_by: &'a str,
    clock: Clock,
    max_bytes: u64,
    questions: Vec<Question>,
    /// The answers with their position in `questions`, the newest last.
    answered: Vec<(usize, Statement)>,
}

impl Review<'_> {
    /// Asks about one picture after the other until the person quits or the input ends.
    async fn walk(&mut self) -> anyhow::Result<()> {
        let reader = self.data.reader();
        let mut at = 0;
        let mut is_shown = false;
        loop {
            match self.questions.get(at) {
                Some(question) if !is_shown => {
                    let item = &question.item;
                    if let Err(problem) = check_unchanged(&reader, item, self.max_bytes).await {
                        let name = &item.picture.name;
                        render::warning(&format!("{}/{name}: {problem}", item.actor));
                        at += 1;
                        continue;
                    }
                    let number = at + 1;
                    let of = self.questions.len();
                    render::note(&format!("{number} of {of}: {}", question.text));
                    render::note(keys::PROMPT);
                    is_shown = true;
                }
                Some(_) => render::note(keys::PROMPT),
                None if self.answered.is_empty() => break,
                None => render::note(keys::LAST_PROMPT),
            }
            let Some(line) = read_line()? else {
                break;
            };
            match keys::parse(&line) {
                Ok(Answer::Undo) => {
                    if let Some(back) = self.undo().await? {
                        (at, is_shown) = (back, false);
                    } else {
                        render::note("nothing to undo");
                    }
                }
                Ok(Answer::Quit) => break,
                Ok(Answer::Help) => render::note(keys::HELP),
                _ if at >= self.questions.len() => break,
                Ok(Answer::Judge(judgement)) => {
                    self.save(at, judgement).await?;
                    (at, is_shown) = (at + 1, false);
                }
                Ok(Answer::Skip) => (at, is_shown) = (at + 1, false),
                Err(problem) => render::note(&problem),
            }
        }
        Ok(())
    }

    async fn save(&mut self, at: usize, judgement: Judgement) -> anyhow::Result<()> {
        let Some(Question { item, .. }) = self.questions.get(at) else {
            return Ok(());
        };
        let statement = Statement {
            actor: item.actor.clone(),
            file: item.picture.name.clone(),
            class: judgement.class,
            quality: judgement.quality,
            wish: judgement.wish,
            said_at: self.clock.stamp(),
            said_by: self.said_by.to_owned(),
        };
        let journals = self.data.journals.as_ref();
        edit_labels(journals, |labels| {
            labels.say(item.sha256, statement.clone());
        })
        .await?;
        render::out(&render::said(&statement))?;
        if let (Some(Wish::Remove), Some(protector)) = (judgement.wish, item.protected_by) {
            render::warning(stronger_than_removal(protector));
        }
        self.answered.push((at, statement));
        Ok(())
    }

    /// Undoes the last answer of this review, and returns the position of its question.
    async fn undo(&mut self) -> anyhow::Result<Option<usize>> {
        let Some((at, statement)) = self.answered.last() else {
            return Ok(None);
        };
        let Some(Question { item, .. }) = self.questions.get(*at) else {
            return Ok(None);
        };
        let journals = self.data.journals.as_ref();
        edit_labels(journals, |labels| labels.take_back(&item.sha256, statement)).await?;
        let (actor, file) = (&statement.actor, &statement.file);
        render::out(&format!("Undone: {actor}/{file}\n"))?;
        let at = *at;
        self.answered.pop();
        Ok(Some(at))
    }
}

/// Fails if the picture that the person would look at is no longer the one that was evaluated, because
/// the answer is stored for the evaluated bytes.
async fn check_unchanged(
    data: &DataReader,
    item: &ReviewItem,
    max_bytes: u64,
) -> Result<(), String> {
    match picture_digest(data, &item.picture, max_bytes).await {
        Ok(digest) if digest == item.sha256 => Ok(()),
        Ok(_) => Err("changed since it was evaluated; evaluate the actor again".to_owned()),
        Err(error) => Err(tdbal_types::chain(&error)),
    }
}

/// Reads one line of input, or `None` at its end.
fn read_line() -> anyhow::Result<Option<String>> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then_some(line))
}
