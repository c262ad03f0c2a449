//! `tdbal review`: a person says what the pictures are of which it is not certain.

mod keys;

use super::looking::require_actors;
use super::named;
use crate::cli::ReviewArgs;
use crate::environment::{self as env, Environment};
use crate::exit::Exit;
use crate::render;
use crate::settings::{Flags, Settings};
use dataset::people::labels::{Labels, Statement, Wish, edit_labels, picture_digest, read_labels};
use dataset::{DataReader, SetPicture};
use evaluation::Evaluation;
use execution::DataFolder;
use keys::{Answer, PersonInput};
use results::OutputFolder;
use std::collections::BTreeSet;
use std::io::BufRead as _;
use std::path::Path;
use storage::DataLocation;
use tdbal_types::time::Clock;
use tdbal_types::{ActorId, ActorQuery, Digest};

/// Goes through what is unsure in the last evaluations. Every answer is written at once.
pub(crate) async fn review(
    args: &ReviewArgs,
    environment: &Environment,
    folder: &Path,
) -> anyhow::Result<Exit> {
    let (settings, data) = named::open(&Flags::from(args), environment, folder).await?;
    let queue = queue(args, &settings, &data).await?;
    if queue.is_empty() {
        render::out("Nothing to review\n")?;
        return Ok(Exit::Success);
    }
    let mut review = Review {
        data: &data,
        said_by: environment.get(env::USER).unwrap_or("unknown"),
        clock: Clock::system(),
        max_bytes: settings.max_bytes,
        settled: Vec::new(),
        queue,
    };
    review.walk().await?;
    let settled = review.settled.len();
    let left = review.queue.len() - settled;
    render::out(&format!(
        "{} settled, {left} left\n",
        render::count(settled, "picture")
    ))?;
    Ok(Exit::Success)
}

/// One picture that is to be asked about.
struct Open {
    actor: ActorId,
    picture: SetPicture,
    /// Of the bytes that were evaluated.
    sha256: Digest,
    /// What is known of it, for people.
    told: String,
    /// What is stronger than a wish to remove it.
    protection: Option<&'static str>,
}

/// Everything that is to be asked about, actor by actor.
async fn queue(
    args: &ReviewArgs,
    settings: &Settings,
    data: &DataFolder,
) -> anyhow::Result<Vec<Open>> {
    let reader = data.reader();
    let discovery = dataset::discover(&reader).await?;
    require_actors(&discovery, settings)?;
    let mut actors = discovery.names();
    if !args.actor_id.is_empty() {
        let asked = args.actor_id.iter();
        let asked: Result<Vec<ActorId>, _> = asked
            .map(|id| ActorQuery(id.clone()).resolve(&actors))
            .collect();
        actors = asked?;
        actors.sort_unstable();
        actors.dedup();
    }
    let labels = read_labels(&reader).await?;
    let output = OutputFolder::new(&settings.output_dir);
    let now = Clock::system().stamp();
    let mut queue = Vec::new();
    let mut evaluated = 0;
    // What is said of a picture holds for its doubles.
    let mut digests = BTreeSet::new();
    for actor in actors {
        let Some(evaluation) = evaluation::evaluation::read_evaluation(&output, &actor).await
        else {
            continue;
        };
        evaluated += 1;
        if evaluation::people::open_questions(&labels, &evaluation).is_empty() {
            continue;
        }
        if let Some(files) = discovery.actors.get(&actor) {
            let set = dataset::set::load(&reader, &actor, files, &now).await?;
            let found = open(settings, &evaluation, &labels, &set.pictures);
            queue.extend(found.into_iter().filter(|open| digests.insert(open.sha256)));
        }
    }
    anyhow::ensure!(
        evaluated > 0,
        "there is no evaluation in {} to review: evaluate first, or see --output-dir",
        settings.output_dir.display()
    );
    Ok(queue)
}

/// What is to be asked about an actor, of the pictures that it still has.
fn open(
    settings: &Settings,
    evaluation: &Evaluation,
    labels: &Labels,
    pictures: &[SetPicture],
) -> Vec<Open> {
    let unsettled = evaluation::people::open_questions(labels, evaluation).into_iter();
    unsettled
        .filter_map(|name| {
            let picture = pictures.iter().find(|picture| picture.name == name)?;
            let seen = evaluation.picture(&name)?;
            let place = match &picture.local {
                Some(local) => place(&settings.data, local.key.as_str()),
                None => picture.s3_url.clone().unwrap_or_default(),
            };
            let protection = &evaluation.protection;
            let protection = if protection.kept.contains(&name) {
                Some("it is marked to be kept, which is stronger: see tdbal unkeep")
            } else if protection.set_is_good {
                Some("its actor manifest says training_data_good, which is stronger")
            } else {
                None
            };
            Some(Open {
                actor: evaluation.actor_id.clone(),
                picture: picture.clone(),
                sha256: seen.sha256,
                told: render::unsettled(evaluation, &name, &place)?,
                protection,
            })
        })
        .collect()
}

/// Where a file of the data is.
fn place(data: &DataLocation, key: &str) -> String {
    match data {
        DataLocation::Folder(path) => path.join(key).display().to_string(),
        DataLocation::Bucket { bucket, prefix } if prefix.is_empty() => {
            format!("s3://{bucket}/{key}")
        }
        DataLocation::Bucket { bucket, prefix } => format!("s3://{bucket}/{prefix}/{key}"),
    }
}

/// A review that is under way.
struct Review<'a> {
    data: &'a DataFolder,
    said_by: &'a str,
    clock: Clock,
    max_bytes: u64,
    queue: Vec<Open>,
    /// What was said, by its place in the queue; the last last.
    settled: Vec<(usize, Statement)>,
}

impl Review<'_> {
    /// Asks about one picture after the other until the person or the input is at an end.
    async fn walk(&mut self) -> anyhow::Result<()> {
        let reader = self.data.reader();
        let mut at = 0;
        let mut is_told = false;
        loop {
            match self.queue.get(at) {
                Some(open) if !is_told => {
                    if let Err(problem) = is_as_evaluated(&reader, open, self.max_bytes).await {
                        let name = &open.picture.name;
                        render::warning(&format!("{}/{name}: {problem}", open.actor));
                        at += 1;
                        continue;
                    }
                    let number = at + 1;
                    render::note(&format!("{number} of {}: {}", self.queue.len(), open.told));
                    render::note(keys::PROMPT);
                    is_told = true;
                }
                Some(_) => render::note(keys::PROMPT),
                None if self.settled.is_empty() => break,
                None => render::note(keys::LAST_PROMPT),
            }
            let Some(line) = read_line()? else {
                break;
            };
            match keys::parse(&line) {
                Ok(Answer::Undo) => {
                    if let Some(back) = self.undo().await? {
                        (at, is_told) = (back, false);
                    } else {
                        render::note("nothing was said yet");
                    }
                }
                Ok(Answer::Quit) => break,
                Ok(Answer::Help) => render::note(keys::HELP),
                _ if at >= self.queue.len() => break,
                Ok(Answer::Say(words)) => {
                    self.say(at, words).await?;
                    (at, is_told) = (at + 1, false);
                }
                Ok(Answer::Skip) => (at, is_told) = (at + 1, false),
                Err(problem) => render::note(&problem),
            }
        }
        Ok(())
    }

    async fn say(&mut self, at: usize, words: PersonInput) -> anyhow::Result<()> {
        let Some(open) = self.queue.get(at) else {
            return Ok(());
        };
        let statement = Statement {
            actor: open.actor.clone(),
            file: open.picture.name.clone(),
            class: words.class,
            quality: words.quality,
            wish: words.wish,
            said_at: self.clock.stamp(),
            said_by: self.said_by.to_owned(),
        };
        let journals = self.data.journals.as_ref();
        edit_labels(journals, |labels| {
            labels.say(open.sha256, statement.clone());
        })
        .await?;
        render::out(&render::said(&statement))?;
        if let (Some(Wish::Remove), Some(stronger)) = (words.wish, open.protection) {
            render::warning(stronger);
        }
        self.settled.push((at, statement));
        Ok(())
    }

    /// Takes back what was said last in this review, and says of which picture it was.
    async fn undo(&mut self) -> anyhow::Result<Option<usize>> {
        let Some((at, statement)) = self.settled.last() else {
            return Ok(None);
        };
        let Some(open) = self.queue.get(*at) else {
            return Ok(None);
        };
        let journals = self.data.journals.as_ref();
        edit_labels(journals, |labels| labels.take_back(&open.sha256, statement)).await?;
        let (actor, file) = (&statement.actor, &statement.file);
        render::out(&format!("Taken back: {actor}/{file}\n"))?;
        let at = *at;
        self.settled.pop();
        Ok(Some(at))
    }
}

/// Makes sure that the person sees the bytes that were evaluated, of which they will speak.
async fn is_as_evaluated(data: &DataReader, open: &Open, max_bytes: u64) -> Result<(), String> {
    match picture_digest(data, &open.picture, max_bytes).await {
        Ok(digest) if digest == open.sha256 => Ok(()),
        Ok(_) => Err("it changed since it was evaluated: evaluate it again".to_owned()),
        Err(error) => Err(tdbal_types::chain(&error)),
    }
}

/// One line of what is typed; none at the end of the input.
fn read_line() -> anyhow::Result<Option<String>> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line)?;
    Ok((read > 0).then_some(line))
}
